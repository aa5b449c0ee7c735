import { keyOf, type PropertyValue, readProperties, type Snapshot, type SnapshotObject } from './snapshot.ts';

/** What is not the same in two snapshots: an object that is in one of them only, or a property of one that is in both. */
export interface Difference {
  readonly kind: string;
  readonly name: string;
  /** Of a part of another object, kind and name of that one. */
  readonly of?: string;
  /** Which property; none where the whole object is gone or new. */
  readonly property?: string;
  /** Not there where it was not, or was as it is by default. Of a whole object, what it is in short. */
  readonly before?: PropertyValue;
  readonly after?: PropertyValue;
}

/**
 * What differs, by name: a whole before its parts. What goes without saying is not said: the parts of what is gone or new as a whole, the
 * index of a constraint and the constraint of a column that may not be null, when these are.
 */
export function compareSnapshots(before: Snapshot, after: Snapshot): Difference[] {
  const found = new Map<string, readonly Difference[]>();
  for (const [key, object] of before) {
    const other = after.get(key);
    if (!other) found.set(key, [{ ...headOf(object), before: summaryOf(object) }]);
    else if (object.properties !== other.properties) found.set(key, compareProperties(object, other));
  }
  for (const [key, object] of after) {
    if (!before.has(key)) found.set(key, [{ ...headOf(object), after: summaryOf(object) }]);
  }
  const goesWithout = impliedBy(found);
  return [...found]
    .sort(([, [one]], [, [other]]) => compareTexts(placeOf(one), placeOf(other)))
    .flatMap(([, differences]) => differences.filter((each) => !goesWithout(each)));
}

function headOf({ kind, name, of }: SnapshotObject): Pick<Difference, 'kind' | 'name' | 'of'> {
  return { kind, name, ...(of !== undefined && { of }) };
}

/** Parts come after their whole. */
function placeOf(difference: Difference | undefined): string {
  if (!difference) return '';
  const { of, kind, name } = difference;
  return of === undefined ? `${kind} ${name}` : `${of}\0${kind}\0${name}`;
}

function compareTexts(one: string, other: string): number {
  return one < other ? -1 : one > other ? 1 : 0;
}

/** What stands in a list of its own beside the object, or says little of it. */
const NOT_IN_SUMMARY = new Set([
  'owner',
  'privileges',
  'access method',
  'row security',
  'forced row security',
  'order of columns',
  'order of attributes',
  'comment',
]);

/** An object in short: what defines it, or the properties that are not as by default. */
function summaryOf(object: SnapshotObject): string {
  const properties = readProperties(object);
  const definition = properties.get('definition');
  if (typeof definition === 'string') return definition.trim();
  return [...properties]
    .filter(([name]) => !NOT_IN_SUMMARY.has(name))
    .map(([name, value]) => (name === 'type' ? value : value === 'true' ? name : `${name} ${shown(value)}`))
    .join(', ');
}

function shown(value: PropertyValue): string {
  return typeof value === 'string' ? value : value.join(', ');
}

function compareProperties(before: SnapshotObject, after: SnapshotObject): Difference[] {
  const [one, other] = [readProperties(before), readProperties(after)];
  const names = [...new Set([...one.keys(), ...other.keys()])];
  return names.flatMap((property) => {
    const [was, is] = withoutLoners(property, one.get(property), other.get(property));
    if (JSON.stringify(was) === JSON.stringify(is)) return [];
    return [
      {
        ...headOf(before),
        property,
        ...(was !== undefined && { before: was }),
        ...(is !== undefined && { after: is }),
      },
    ];
  });
}

type Pair = readonly [PropertyValue | undefined, PropertyValue | undefined];

/** A column that is gone or new is told as such: an order is another one where those that stayed are. */
function withoutLoners(
  property: string,
  before: PropertyValue | undefined,
  after: PropertyValue | undefined,
): Pair {
  if (!property.startsWith('order of ') || typeof before !== 'object' || typeof after !== 'object')
    return [before, after];
  return [before.filter((name) => after.includes(name)), after.filter((name) => before.includes(name))];
}

/** Tells of a difference whether others imply it. */
function impliedBy(found: ReadonlyMap<string, readonly Difference[]>): (difference: Difference) => boolean {
  const all = [...found.values()].flat();
  const constraints = new Set(
    all.filter((each) => isWhole(each) && / (key|constraint)$/.test(each.kind)).map(wayOf),
  );
  return (difference) => {
    const { kind, name, of } = difference;
    if (of === undefined) return false;
    if (found.get(of)?.some(isWhole)) return true;
    if (!isWhole(difference)) {
      const isPassedOn = difference.property === 'inheritance' || difference.property === 'parent index';
      return isPassedOn && found.get(of)?.some(({ property }) => property === 'parents') === true;
    }
    if (kind === 'index') {
      const bare = name.slice(name.startsWith('"') ? name.indexOf('".') + 2 : name.indexOf('.') + 1);
      return constraints.has(wayOf({ ...difference, name: bare }));
    }
    if (kind !== 'not-null constraint') return false;
    const column = /^NOT NULL (.+?)(?<! NO INHERIT| NOT VALID)$/s.exec(
      shown(difference.before ?? difference.after ?? ''),
    )?.[1];
    const changes = found.get(column === undefined ? of : keyOf({ kind: 'column', name: column, of })) ?? [];
    return changes.some(
      (change) =>
        (isWhole(change) || change.property === 'not null') && isGain(change) === isGain(difference),
    );
  };
}

function isWhole({ property }: Difference): boolean {
  return property === undefined;
}

function isGain({ after }: Difference): boolean {
  return after !== undefined;
}

/** What a constraint and its index have in common when they come and go together. */
function wayOf({ name, of, after }: Difference): string {
  return JSON.stringify([name, of, after !== undefined]);
}
