import type { Remark } from '../migrations/script/directives.ts';
import type { LeftOut } from '../reports/import.ts';

/** A file of the folder that is imported. Its bytes stand in `text` one for one (Latin-1), so that what is carried is not changed. */
export interface SourceFile {
  /** Relative to the folder, with slashes. */
  readonly path: string;
  readonly text: string;
}

/** What a tool's reader is handed: it knows neither the disk nor the database. */
export interface ReadContext {
  /** Names a file of the folder in an error. */
  readonly sourceName: (path: string) => string;
  /** Finds the comments of a text as the database finds them. */
  readonly remarks: (sql: string) => Iterable<Remark>;
}

/** The SQL of one direction. */
export interface Piece {
  readonly text: string;
  /** False where the tool ran it without a transaction. */
  readonly transaction: boolean;
}

/** One migration, as it was found. */
export interface Found {
  /** What the tool's own ledger calls it. */
  readonly id: string;
  /** The files that it was made of. */
  readonly sources: readonly string[];
  readonly kind: 'numbered' | 'repeatable' | 'initial';
  /** In decimal digits, as it was written: for numbered ones. */
  readonly number?: string;
  readonly title: string;
  readonly up: Piece;
  readonly down?: Piece;
  /** What the tool keeps in its ledger to tell whether the file was changed: any of these. */
  readonly checksums?: readonly string[];
}

/** Everything that a tool's reader found in a folder. */
export interface Reading {
  readonly found: readonly Found[];
  readonly leftOut: readonly LeftOut[];
  readonly notes: readonly string[];
}

/** A row of a tool's table, with every value as text. */
export type ToolRow = Readonly<Record<string, string | null>>;

/** What a tool's ledger says. */
export interface Standing {
  /** Ids that it calls applied. */
  readonly applied: readonly { readonly id: string; readonly checksum?: string }[];
  /** Why nothing can be taken over: one of its migrations failed, or is not known here. */
  readonly refusal?: {
    readonly code: 'dirty' | 'unknown-version';
    readonly message: string;
    readonly hint: string;
  };
  readonly notes: readonly string[];
}

/** Where a tool writes down what it has applied. */
export interface ToolLedger {
  readonly table: string;
  /** The columns that tell it from another table of that name, with the types that they may have. */
  readonly columns: Readonly<Record<string, RegExp>>;
  /** @param rows in no particular order */
  readonly read: (rows: readonly ToolRow[], reading: Reading) => Standing;
}

/** Another tool for migrations. Pure: one file each. */
export interface Tool {
  /** As `--tool` takes it. */
  readonly name: string;
  /** @returns by what the folder is known as this tool's, to complete "known by ..."; nothing if it is not */
  readonly recognise: (files: readonly SourceFile[]) => string | undefined;
  /** @throws UsageError `other-database`, `nothing-to-import` */
  readonly read: (files: readonly SourceFile[], context: ReadContext) => Reading;
  readonly ledger: ToolLedger;
  /** Whether it runs a file in a transaction of its own making, if the file does not say otherwise. */
  readonly usesTransaction: boolean;
}
