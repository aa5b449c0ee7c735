import { defaultStatisticsFunctions, functionMetrics, metrics } from '../lib/contract.ts';
import type { Environment } from '../lib/infra/environment.ts';

/** When and where these prices were valid. Change both with the table. */
export const pricesOf = { date: 'June 2026', region: 'us-east-1' } as const;

export const HOURS_PER_MONTH = 730;

/** Per month, in US$. https://aws.amazon.com/<service>/pricing */
const prices = {
  endpointPerZone: 0.01 * HOURS_PER_MONTH,
  alarmMetric: 0.1,
  metric: 0.3,
  dashboard: 3,
  key: 1,
  secret: 0.4,
  advancedParameter: 0.05,
  databaseMicro: 0.016 * HOURS_PER_MONTH,
  databaseGigabyte: 0.115,
} as const;

/** What is paid for when it is used, in US$. */
const perUse = {
  transition: 25 / 1e6,
  request: 0.2 / 1e6,
  armGbSecond: 0.0000133334,
  x86GbSecond: 0.0000166667,
} as const;

/** How a deploy is watched: see lib/infra/framework-changes.ts, and the memory of the three functions: ours, the one that calls it again, and CDK's. */
export interface Watching {
  readonly firstPauseS: number;
  readonly growth: number;
  readonly longestPauseS: number;
  readonly memoryMb: number;
  readonly callerMemoryMb: number;
  readonly frameworkMemoryMb: number;
}

/** As it is deployed unless an environment says otherwise. */
export const watchedDeploy: Watching = {
  firstPauseS: 2,
  growth: 1.5,
  longestPauseS: 30,
  memoryMb: 512,
  callerMemoryMb: 256,
  frameworkMemoryMb: 512,
};

/** How often a deploy that takes so long is asked whether it is done. */
export function questionsIn(seconds: number, { firstPauseS, growth, longestPauseS }: Watching): number {
  let [pause, asked] = [firstPauseS, 1];
  for (let at = pause; at < seconds; asked++) {
    pause = Math.min(pause * growth, longestPauseS);
    at += pause;
  }
  return asked;
}

/**
 * What it costs to watch a migration for a time.
 *
 * @param secondsEach how long each of the functions is counted for each question
 */
export function watchingCost(seconds: number, watching: Watching, secondsEach: number): number {
  const { memoryMb, callerMemoryMb, frameworkMemoryMb } = watching;
  const runs =
    3 * perUse.request +
    secondsEach *
      (((memoryMb + callerMemoryMb) / 1024) * perUse.armGbSecond +
        (frameworkMemoryMb / 1024) * perUse.x86GbSecond);
  return questionsIn(seconds, watching) * (perUse.transition + runs);
}

/** A resource of a CloudFormation template. */
export interface Resource {
  readonly Type: string;
  // biome-ignore lint/suspicious/noExplicitAny: properties are data of any shape
  readonly Properties?: any;
}

export interface FixedCost {
  readonly item: string;
  readonly count: number;
  readonly each: number;
  readonly perMonth: number;
}

/** What is paid for and in no template. */
export interface Outside {
  /** Metrics that the functions write. */
  readonly metrics: number;
  /** Customer-managed keys that the environment names. */
  readonly keys: number;
}

/** How many metrics the functions of an environment write. */
export function ownMetrics({ watchDrift, approval }: Pick<Environment, 'watchDrift' | 'approval'>): number {
  const { namespace: _, service: __, catalogDrift: ___, approvalWaiting: ____, ...always } = metrics;
  const each = Object.keys(functionMetrics).length * defaultStatisticsFunctions.length;
  // Both jobs measure what is pending.
  return Object.keys(always).length + 1 + each + (watchDrift ? 1 : 0) + (approval === 'required' ? 1 : 0);
}

/** What these cost by being there: nothing. Functions, queues, topics and schedules cost when they are used. */
const free = new Set([
  'AWS::CloudFormation::CustomResource',
  'AWS::EC2::RouteTable',
  'AWS::EC2::SecurityGroup',
  'AWS::EC2::SecurityGroupEgress',
  'AWS::EC2::SecurityGroupIngress',
  'AWS::EC2::Subnet',
  'AWS::EC2::SubnetRouteTableAssociation',
  'AWS::EC2::VPC',
  'AWS::IAM::Policy',
  'AWS::IAM::Role',
  'AWS::Lambda::Alias',
  'AWS::Lambda::EventInvokeConfig',
  'AWS::Lambda::Function',
  'AWS::Lambda::Permission',
  'AWS::Lambda::Version',
  'AWS::Logs::LogGroup',
  'AWS::RDS::DBParameterGroup',
  'AWS::RDS::DBSubnetGroup',
  'AWS::SNS::Subscription',
  'AWS::SNS::Topic',
  'AWS::SNS::TopicPolicy',
  'AWS::SQS::Queue',
  'AWS::SQS::QueuePolicy',
  'AWS::Scheduler::Schedule',
  'AWS::StepFunctions::StateMachine',
  'Custom::Migrations',
  'Custom::PasswordParameter',
  'Custom::Trigger',
  'Custom::VpcRestrictDefaultSG',
]);

/**
 * Counts what is paid for by the month.
 *
 * @throws Error naming a type of resource whose price nobody looked up
 */
export function fixedCosts(resources: readonly Resource[], outside: Outside): FixedCost[] {
  const counted = new Map<string, { count: number; each: number }>();
  const add = (item: string, count: number, each: number) => {
    if (count > 0) counted.set(item, { count: count + (counted.get(item)?.count ?? 0), each });
  };
  for (const { Type, Properties } of resources) {
    switch (Type) {
      case 'AWS::EC2::VPCEndpoint':
        add('interface endpoint in a zone', Properties.SubnetIds.length, prices.endpointPerZone);
        break;
      case 'AWS::CloudWatch::Alarm':
        add('metric watched by an alarm', watchedMetrics(Properties), prices.alarmMetric);
        break;
      case 'AWS::CloudWatch::Dashboard':
        add('dashboard', 1, prices.dashboard);
        break;
      case 'AWS::SSM::Parameter':
        if (Properties.Tier === 'Advanced') add('advanced parameter', 1, prices.advancedParameter);
        break;
      case 'AWS::KMS::Key':
        add('key', 1, prices.key);
        break;
      case 'AWS::SecretsManager::Secret':
        add('secret', 1, prices.secret);
        break;
      case 'AWS::RDS::DBInstance': {
        const copies = Properties.MultiAZ ? 2 : 1;
        if (Properties.DBInstanceClass !== 'db.t4g.micro') throw unknownPrice(Properties.DBInstanceClass);
        add('db.t4g.micro', copies, prices.databaseMicro);
        add('GB of database storage', Number(Properties.AllocatedStorage) * copies, prices.databaseGigabyte);
        break;
      }
      default:
        if (!free.has(Type)) throw unknownPrice(Type);
    }
  }
  add('metric of our own', outside.metrics, prices.metric);
  add('key', outside.keys, prices.key);
  return [...counted].map(([item, { count, each }]) => ({ item, count, each, perMonth: count * each }));
}

function unknownPrice(what: string): Error {
  return new Error(`What does ${what} cost? Write it into bench/price-table.ts.`);
}

function watchedMetrics({ Metrics }: { Metrics?: readonly { MetricStat?: object }[] }): number {
  return Metrics ? Metrics.filter(({ MetricStat }) => MetricStat).length : 1;
}
