create table if not exists totals (day date primary key, cents numeric not null);

-- Returns 1 when it changed something, and 0 when there was nothing to do.
create or replace function refresh_totals() returns integer language sql as $$
  with done as (
    insert into totals select current_date, coalesce(sum(cents), 0) from orders
    on conflict (day) do update set cents = excluded.cents where totals.cents <> excluded.cents
    returning 1
  )
  select least(count(*), 1)::integer from done
$$;
