create or replace view open_orders as
  select customers.name, count(*) as orders, sum(cents) as cents
  from orders join customers on customers.id = customer_id
  where state = 'new'
  group by customers.name;
