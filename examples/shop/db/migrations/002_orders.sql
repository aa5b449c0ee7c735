-- registry-jobs: lock-timeout 1s
create table if not exists orders (
  id bigint generated always as identity primary key,
  customer_id bigint not null references customers (id),
  cents bigint not null check (cents > 0),
  state text not null default 'new',
  ordered_at timestamptz not null default now()
);
create index if not exists orders_customer on orders (customer_id);
