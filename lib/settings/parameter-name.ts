import { parameterNames } from '../contract.ts';
import { variableNames } from './environment.ts';
import type { SettingKey } from './settings.ts';

/** What a setting is called below a path of Parameter Store; what cannot be there, as a variable. */
export function parameterName(path: string, key: SettingKey): string {
  const names: Partial<Record<SettingKey, string>> = parameterNames;
  return names[key] === undefined ? variableNames[key] : `${path}/${names[key]}`;
}
