import { memberships, roles, tablespaces } from './cluster.ts';
import { columns } from './columns.ts';
import { domainConstraints, indexes, statisticsObjects, tableConstraints } from './constraints.ts';
import { casts, collations, conversions, transforms } from './conversions.ts';
import {
  database,
  defaultPrivileges,
  extensions,
  languages,
  largeObjects,
  parameters,
  settings,
} from './database.ts';
import { foreignDataWrappers, foreignServers, userMappings } from './foreign.ts';
import { aggregates, functions } from './functions.ts';
import { changedPrivileges } from './granted.ts';
import { MEMBERS, WHOLES } from './object-query.ts';
import {
  accessMethods,
  familyFunctions,
  familyOperators,
  operatorClasses,
  operatorFamilies,
  operators,
} from './operators.ts';
import { relations, schemas, sequences } from './relations.ts';
import { remarks } from './remarks.ts';
import { publications, subscriptions } from './replication.ts';
import {
  textSearchConfigurations,
  textSearchDictionaries,
  textSearchParsers,
  textSearchTemplates,
} from './text-search.ts';
import { eventTriggers, policies, rules, triggers } from './triggers.ts';
import { baseTypes, domains, namedTypes, ownTypes } from './types.ts';

/** What the query of the catalog depends on. */
export interface SnapshotSqlOptions {
  /** Of the server: 18. */
  readonly major: number;
  /** With what belongs to the whole server: roles, who is in which, tablespaces. */
  readonly cluster: boolean;
  /** Columns of `pg_subscription` that the role may read. @default all */
  readonly readable?: ReadonlySet<string>;
}

/** One query of all kinds: what it finds was there at one moment. */
export function snapshotSql({ major, cluster, readable }: SnapshotSqlOptions): string {
  const queries = [
    database(major),
    settings(),
    schemas(),
    extensions(),
    relations(major),
    sequences(),
    columns(major),
    tableConstraints(),
    domainConstraints(),
    indexes(),
    statisticsObjects(),
    triggers(major),
    rules(),
    policies(),
    eventTriggers(),
    domains(),
    namedTypes(major),
    ownTypes(),
    baseTypes(major),
    functions(major),
    aggregates(),
    operators(),
    operatorClasses(),
    operatorFamilies(),
    familyOperators(),
    familyFunctions(),
    accessMethods(),
    casts(),
    conversions(),
    transforms(),
    collations(major),
    textSearchParsers(),
    textSearchTemplates(),
    textSearchDictionaries(),
    textSearchConfigurations(),
    foreignDataWrappers(),
    foreignServers(),
    userMappings(),
    publications(major),
    subscriptions(major, readable),
    languages(),
    defaultPrivileges(),
    largeObjects(),
    ...(major >= 15 ? [parameters()] : []),
    ...changedPrivileges(),
    ...(cluster ? [roles(), memberships(major), tablespaces()] : []),
    ...remarks(),
  ];
  return `WITH ${MEMBERS}, ${WHOLES}\n${queries.filter((query) => query !== '').join('\nUNION ALL\n')}`;
}
