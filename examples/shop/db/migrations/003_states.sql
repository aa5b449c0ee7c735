create table if not exists states (name text primary key);
insert into states (name) values ('new'), ('paid'), ('sent') on conflict do nothing;
-- expect: select count(*) from states => 3
