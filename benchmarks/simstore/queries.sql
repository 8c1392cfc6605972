duckdb -c "SELECT track_id, last_seen - first_seen AS stayed, round(path_mm / 1000.0, 1) AS path_m, cameras FROM 'OUT/tables/tracks/**/*.parquet' ORDER BY first_seen"
duckdb -c "SELECT time_bucket(INTERVAL '10 seconds', event_time) AS at, count(DISTINCT track_id) AS people FROM 'OUT/tables/positions/**/*.parquet' GROUP BY at ORDER BY at"
duckdb -c "SELECT way, sku, count(*) AS n FROM 'OUT/shop/truth/interactions.parquet' GROUP BY ALL ORDER BY n DESC, sku"
