create table if not exists orders (id bigint generated always as identity primary key, cents bigint not null);
