import { readFileSync } from 'node:fs';
import { getCACertificates, setDefaultCACertificates } from 'node:tls';
import {
  CloudFormationClient,
  GetTemplateCommand,
  paginateDescribeStackEvents,
  paginateDescribeStacks,
  paginateListStackResources,
  type StackEvent,
  UpdateTerminationProtectionCommand,
} from '@aws-sdk/client-cloudformation';
import {
  CloudWatchLogsClient,
  paginateDescribeLogGroups,
  paginateFilterLogEvents,
} from '@aws-sdk/client-cloudwatch-logs';
import { GetFunctionCommand, InvokeCommand, LambdaClient } from '@aws-sdk/client-lambda';
import { GetSecretValueCommand, SecretsManagerClient } from '@aws-sdk/client-secrets-manager';
import { ReceiveMessageCommand, SQSClient } from '@aws-sdk/client-sqs';
import {
  GetParameterCommand,
  PutParameterCommand,
  paginateGetParametersByPath,
  SSMClient,
} from '@aws-sdk/client-ssm';
import type { AwsVariables } from './aws-emulator.ts';

export interface Invocation {
  readonly failed: boolean;
  // biome-ignore lint/suspicious/noExplicitAny: a report or an error as JSON, which tests compare by shape
  readonly payload: any;
}

/** What an operator with the console sees and does. */
export interface Aws {
  putParameter(name: string, value: string, type: 'String' | 'SecureString'): Promise<void>;
  /** The value of one that is no secret. */
  parameter(name: string): Promise<string>;
  /** How the parameters below a path are kept, by name. */
  parameterTypes(path: string): Promise<Readonly<Record<string, string>>>;
  invoke(functionName: string, event?: object): Promise<Invocation>;
  /** As a schedule does it: nobody waits for the answer, and what failed goes to the dead letters. */
  invokeUnwatched(functionName: string): Promise<void>;
  /** The bodies of some messages, which stay in the queue. */
  messages(queueUrl: string): Promise<readonly string[]>;
  /** SHA-256 of the zip that a function runs, in base64. */
  codeHash(functionName: string): Promise<string | undefined>;
  /** Undefined when there is no such stack. */
  stackStatus(name: string): Promise<string | undefined>;
  /** What a secret holds. */
  secret(arn: string): Promise<string>;
  /** Lifts a stack's termination protection. */
  unprotect(name: string): Promise<void>;
  /** The newest first. */
  stackEvents(name: string): Promise<StackEvent[]>;
  /** Physical ids of a stack's resources, by their type and logical id. */
  stackResources(name: string): Promise<ReadonlyMap<string, string>>;
  template(name: string): Promise<string>;
  logGroups(): Promise<readonly string[]>;
  log(group: string): Promise<string>;
}

export function connectToAws(variables: AwsVariables): Aws {
  Object.assign(process.env, variables);
  const { NODE_EXTRA_CA_CERTS: certificate } = variables;
  // Node reads the variable only when it starts, and this process has started.
  if (certificate)
    setDefaultCACertificates([...getCACertificates('default'), readFileSync(certificate, 'utf8')]);
  const ssm = new SSMClient();
  const lambda = new LambdaClient();
  const cloudFormation = new CloudFormationClient();
  const logs = new CloudWatchLogsClient();
  const sqs = new SQSClient();
  const secrets = new SecretsManagerClient();
  return {
    putParameter: async (Name, Value, Type) => {
      await ssm.send(new PutParameterCommand({ Name, Value, Type, Overwrite: true }));
    },
    parameter: async (Name) => (await ssm.send(new GetParameterCommand({ Name }))).Parameter?.Value ?? '',
    parameterTypes: async (Path) => {
      const pages = paginateGetParametersByPath({ client: ssm }, { Path, Recursive: true });
      const all = await collect(pages, (it) => it.Parameters);
      return Object.fromEntries(all.map((it) => [it.Name, String(it.Type)]));
    },
    invoke: async (FunctionName, event = {}) => {
      const answer = await lambda.send(new InvokeCommand({ FunctionName, Payload: JSON.stringify(event) }));
      return {
        failed: answer.FunctionError !== undefined,
        payload: JSON.parse(answer.Payload?.transformToString() || 'null'),
      };
    },
    invokeUnwatched: async (FunctionName) => {
      await lambda.send(new InvokeCommand({ FunctionName, InvocationType: 'Event', Payload: '{}' }));
    },
    messages: async (QueueUrl) => {
      const request = { QueueUrl, MaxNumberOfMessages: 10, VisibilityTimeout: 0 };
      const { Messages = [] } = await sqs.send(new ReceiveMessageCommand(request));
      return Messages.map(({ Body = '' }) => Body);
    },
    codeHash: async (FunctionName) =>
      (await lambda.send(new GetFunctionCommand({ FunctionName }))).Configuration?.CodeSha256,
    stackStatus: async (name) => {
      const all = await collect(paginateDescribeStacks({ client: cloudFormation }, {}), (it) => it.Stacks);
      return all.find(({ StackName }) => StackName === name)?.StackStatus;
    },
    secret: async (SecretId) =>
      String((await secrets.send(new GetSecretValueCommand({ SecretId }))).SecretString),
    unprotect: async (StackName) => {
      const request = { StackName, EnableTerminationProtection: false };
      await cloudFormation.send(new UpdateTerminationProtectionCommand(request));
    },
    stackEvents: (StackName) =>
      collect(paginateDescribeStackEvents({ client: cloudFormation }, { StackName }), (it) => it.StackEvents),
    stackResources: async (StackName) => {
      const pages = paginateListStackResources({ client: cloudFormation }, { StackName });
      const all = await collect(pages, (it) => it.StackResourceSummaries);
      return new Map(
        all.map((it) => [`${it.ResourceType} ${it.LogicalResourceId}`, String(it.PhysicalResourceId)]),
      );
    },
    template: async (StackName) =>
      String((await cloudFormation.send(new GetTemplateCommand({ StackName }))).TemplateBody),
    logGroups: async () => {
      const groups = await collect(paginateDescribeLogGroups({ client: logs }, {}), (it) => it.logGroups);
      return groups.map(({ logGroupName }) => String(logGroupName));
    },
    log: async (logGroupName) => {
      const events = await collect(
        paginateFilterLogEvents({ client: logs }, { logGroupName }),
        (it) => it.events,
      );
      return events.map(({ message }) => message).join('\n');
    },
  };
}

async function collect<Page, Item>(
  pages: AsyncIterable<Page>,
  itemsOf: (page: Page) => readonly Item[] | undefined,
): Promise<Item[]> {
  const items: Item[] = [];
  for await (const page of pages) items.push(...(itemsOf(page) ?? []));
  return items;
}
