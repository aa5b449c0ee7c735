import type { Measure } from './layers.ts';

/** What a measure's axis counts in. */
export interface Unit {
  readonly label: string;
  /** How much of the measure one unit is. */
  readonly size: number;
}

export interface Units {
  /** The unit in which the largest value has one to four digits. */
  axisUnit(measure: Measure, largest: number): Unit;
  format(measure: Measure, value: number): string;
}

/** Runs in the page, so it may use nothing but its parameters. */
export function createUnits(): Units {
  const BINARY = ['bytes', 'KiB', 'MiB', 'GiB', 'TiB', 'PiB'];
  const digits = new Intl.NumberFormat('en', { minimumSignificantDigits: 3, maximumSignificantDigits: 3 });
  const whole = new Intl.NumberFormat('en', { maximumFractionDigits: 0 });
  const cents = new Intl.NumberFormat('en', { minimumFractionDigits: 2, maximumFractionDigits: 2 });
  const power = (value: number, base: number, most: number) =>
    value < base ? 0 : Math.min(most, Math.floor(Math.log(value) / Math.log(base) + 1e-9));
  const byteUnit = (value: number) => {
    const exponent = power(value, 1024, BINARY.length - 1);
    return { label: BINARY[exponent] ?? '', size: 1024 ** exponent };
  };
  return {
    axisUnit(measure, largest) {
      if (measure === 'bytes') return byteUnit(largest);
      const noun = measure === 'files' ? 'files' : 'USD per month';
      const exponent = power(largest / 10, 1000, 3);
      const prefix = ['', 'thousand ', 'million ', 'billion '][exponent];
      return { label: `${prefix}${noun}`, size: 1000 ** exponent };
    },
    format(measure, value) {
      if (measure === 'bytes') {
        const { label, size } = byteUnit(value);
        return `${(size === 1 ? whole : digits).format(value / size)} ${label}`;
      }
      // The page carries three digits and a bit: more would be made up.
      const rounded = Number(value.toPrecision(3));
      if (measure === 'files') return value < 1024 ? whole.format(value) : whole.format(rounded);
      return value > 0 && value < 0.01
        ? '< $0.01'
        : `$${value < 100 ? cents.format(value) : whole.format(rounded)}`;
    },
  };
}
