import { UsageError } from '../errors/error.ts';
import { nearest } from '../text/nearest.ts';

/** What may be asked of the deployed function from outside of a deploy. */
const remoteTasks = ['status', 'plan', 'up', 'watch', 'cancel', 'history', 'verify'] as const;

export type RemoteTask = (typeof remoteTasks)[number];

/** What CDK's Provider hands on of CloudFormation's request: to onEvent, and with what that one answered to isComplete. */
export interface DeployRequest {
  readonly RequestType: 'Create' | 'Update' | 'Delete';
  readonly StackId: string;
  readonly RequestId?: string;
  readonly LogicalResourceId?: string;
  /** Absent in the first request of a resource; isComplete always has one. */
  readonly PhysicalResourceId?: string;
  readonly ResourceProperties?: Readonly<Record<string, unknown>>;
  readonly OldResourceProperties?: Readonly<Record<string, unknown>>;
  /** Only for isComplete: what onEvent has answered. */
  readonly Data?: Readonly<Record<string, unknown>>;
}

/** What the function is invoked for. */
export type MigrateEvent =
  /** A part of a deploy: started, or looked at again. */
  | ({ readonly kind: 'deploy' } & DeployRequest)
  /** One of the tasks above. Its options are not looked at yet. */
  | { readonly kind: 'task'; readonly task: RemoteTask; readonly options: unknown }
  /** A task that this version does not know: nothing may be run for it. */
  | { readonly kind: 'refused'; readonly error: UsageError }
  /** Anything else, such as a call by hand without an event: the migrations are applied. */
  | { readonly kind: 'run' };

/** Tells what the function is invoked for. Whatever names a task is one, or is refused: it never applies anything by mistake. Pure. */
export function parseEvent(event: unknown): MigrateEvent {
  if (typeof event !== 'object' || event === null) return { kind: 'run' };
  if ('task' in event) return parseTask(event.task, 'options' in event ? event.options : undefined);
  return isDeploy(event) ? { ...event, kind: 'deploy' } : { kind: 'run' };
}

function parseTask(task: unknown, options: unknown): MigrateEvent {
  const known = remoteTasks.find((name) => name === task);
  if (known !== undefined) return { kind: 'task', task: known, options };
  const named = JSON.stringify(task)?.slice(0, 60);
  const meant = typeof task === 'string' ? nearest(task, [...remoteTasks]) : undefined;
  const error = new UsageError('unknown-task', `The function knows no task ${named}.`, {
    hint: `${meant ? `Did you mean ${meant}? ` : ''}It knows ${remoteTasks.join(', ')}.`,
  });
  return { kind: 'refused', error };
}

function isDeploy(event: object): event is DeployRequest {
  const { RequestType: type, StackId: stack } = event as Partial<Record<keyof DeployRequest, unknown>>;
  return (type === 'Create' || type === 'Update' || type === 'Delete') && typeof stack === 'string';
}
