//! Aisleflow's pipeline: all input and output, configuration, threads and process exit.

pub mod ingest;
