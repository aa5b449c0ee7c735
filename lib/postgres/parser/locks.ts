import type { StatementLock } from '../../migrations/script/statement.ts';
import { alterCommands } from './alter-commands.ts';

type Fields = Readonly<Record<string, unknown>>;
interface RangeVar {
  readonly schemaname?: string;
  readonly relname?: string;
}

/** ALTER TABLE forms that let readers and writers go on. Source: the "Explicit Locking" chapter of the manual. */
const MILD_ALTERS: Readonly<Record<string, string>> = {
  AT_ValidateConstraint: 'SHARE UPDATE EXCLUSIVE',
  AT_SetStatistics: 'SHARE UPDATE EXCLUSIVE',
  AT_SetOptions: 'SHARE UPDATE EXCLUSIVE',
  AT_ClusterOn: 'SHARE UPDATE EXCLUSIVE',
  AT_AttachPartition: 'SHARE UPDATE EXCLUSIVE',
};

const WRITES = 'ROW EXCLUSIVE';

/** The strongest table lock of a statement, by the kind of its parse tree; nothing where the text does not tell. */
export function lockOf(kind: string, node: unknown): StatementLock | undefined {
  const fields = (node ?? {}) as Fields;
  const on = (mode: string, range: unknown = fields.relation) => {
    const relation = nameOf(range);
    return relation ? { mode, relation } : undefined;
  };
  switch (kind) {
    case 'AlterTableStmt':
      return on(alterMode(fields));
    case 'RenameStmt':
    case 'AlterObjectSchemaStmt':
    case 'RuleStmt':
      return on('ACCESS EXCLUSIVE');
    case 'CreatePolicyStmt':
      return on('ACCESS EXCLUSIVE', fields.table);
    case 'TruncateStmt':
      return on(
        'ACCESS EXCLUSIVE',
        (fields.relations as { RangeVar?: RangeVar }[] | undefined)?.[0]?.RangeVar,
      );
    case 'DropStmt':
      return dropLock(fields);
    case 'IndexStmt':
      return on(fields.concurrent ? 'SHARE UPDATE EXCLUSIVE' : 'SHARE');
    case 'CreateTrigStmt':
      return on('SHARE ROW EXCLUSIVE');
    case 'RefreshMatViewStmt':
      return on(fields.concurrent ? 'EXCLUSIVE' : 'ACCESS EXCLUSIVE');
    case 'InsertStmt':
    case 'UpdateStmt':
    case 'DeleteStmt':
    case 'MergeStmt':
      return on(WRITES);
    case 'CopyStmt':
      return fields.is_from ? on(WRITES) : undefined;
    default:
      return undefined;
  }
}

function alterMode(fields: Fields): string {
  const modes = alterCommands(fields).map(({ subtype = '', def }) => {
    if (subtype === 'AT_AddConstraint' && isForeignKey(def)) return 'SHARE ROW EXCLUSIVE';
    return MILD_ALTERS[subtype] ?? 'ACCESS EXCLUSIVE';
  });
  const order = ['ACCESS EXCLUSIVE', 'SHARE ROW EXCLUSIVE', 'SHARE UPDATE EXCLUSIVE'];
  return order.find((mode) => modes.includes(mode)) ?? 'ACCESS EXCLUSIVE';
}

function isForeignKey(definition: unknown): boolean {
  const constraint = (definition as { Constraint?: { contype?: string } } | undefined)?.Constraint;
  return constraint?.contype === 'CONSTR_FOREIGN';
}

function dropLock(fields: Fields): StatementLock | undefined {
  const TABLE_LIKE = ['OBJECT_TABLE', 'OBJECT_VIEW', 'OBJECT_MATVIEW', 'OBJECT_INDEX', 'OBJECT_TRIGGER'];
  if (!TABLE_LIKE.includes(String(fields.removeType))) return undefined;
  const [first] = (fields.objects ?? []) as { List?: { items?: { String?: { sval?: string } }[] } }[];
  const relation = first?.List?.items?.map((item) => item.String?.sval ?? '').join('.');
  const mode = fields.concurrent ? 'SHARE UPDATE EXCLUSIVE' : 'ACCESS EXCLUSIVE';
  return relation ? { mode, relation } : undefined;
}

/** `schema.table`, or `table` where no schema is written. */
export function nameOf(range: unknown): string | undefined {
  const { schemaname, relname } = (range ?? {}) as RangeVar;
  return relname && (schemaname ? `${schemaname}.${relname}` : relname);
}
