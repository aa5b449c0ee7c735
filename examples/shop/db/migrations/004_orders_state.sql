-- registry-jobs: transaction off
create index concurrently if not exists orders_state on orders (state);
