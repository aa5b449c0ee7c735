import { expect, test } from 'vitest';
import { parseEvent } from '../../lib/remote/protocol.ts';

const request = {
  RequestType: 'Update',
  StackId: 'arn:aws:cloudformation:eu-central-1:111111111111:stack/shop/1',
  PhysicalResourceId: 'migrations',
  ResourceProperties: { ServiceToken: 'arn', code: 'abc' },
};

test.each<[string, unknown, object]>([
  [
    'a request of CloudFormation',
    request,
    { kind: 'deploy', RequestType: 'Update', StackId: request.StackId },
  ],
  [
    'the same with what was answered before',
    { ...request, Data: { since: 'x' } },
    { kind: 'deploy', Data: { since: 'x' } },
  ],
  [
    'a task',
    { task: 'status', options: { history: 3 } },
    { kind: 'task', task: 'status', options: { history: 3 } },
  ],
  ['a task without options', { task: 'up' }, { kind: 'task', task: 'up', options: undefined }],
  ['an empty event', {}, { kind: 'run' }],
  ['no event', undefined, { kind: 'run' }],
  ['null', null, { kind: 'run' }],
  ['a text', 'status', { kind: 'run' }],
  ['an event of a schedule', { source: 'aws.events', time: 'now' }, { kind: 'run' }],
  ['half a request', { RequestType: 'Update' }, { kind: 'run' }],
  ['a request of another kind', { ...request, RequestType: 'Read' }, { kind: 'run' }],
])('%s', (_, event, parsed) => {
  expect(parseEvent(event)).toMatchObject(parsed);
});

test.each<[string, unknown, string]>([
  ['a task that is misspelt', { task: 'stauts' }, 'The function knows no task "stauts".'],
  [
    'a task of a newer version',
    { task: 'sql', options: { text: 'drop table a' } },
    'The function knows no task "sql".',
  ],
  ['a task that is no text', { task: 3 }, 'The function knows no task 3.'],
  ['a task that is nothing', { task: null }, 'The function knows no task null.'],
  ['a name of every object', { task: 'constructor' }, 'The function knows no task "constructor".'],
  ['a task within a request', { ...request, task: 'drop' }, 'The function knows no task "drop".'],
])('%s is refused, and nothing is run for it', (_, event, message) => {
  expect(parseEvent(event)).toMatchObject({ kind: 'refused', error: { code: 'unknown-task', message } });
});

test('what was probably meant is named', () => {
  expect(parseEvent({ task: 'stauts' })).toMatchObject({
    error: { hint: 'Did you mean status? It knows status, plan, up, watch, cancel, history, verify.' },
  });
});
