/** Something of our stack that an emulator cannot do. AWS itself has none of these. */
export interface Gap {
  readonly name: string;
  /** How the emulator says so, in the output of a deploy. */
  readonly error: RegExp;
  /** What the app then does without, see the context in app.ts. */
  readonly context: Partial<Record<'without' | 'plain' | 'allow', readonly string[]>>;
  /** What shows instead that it is right. */
  readonly testedBy: string;
}

/*
 * A deploy that fails with one of these errors is repeated without the resource; any other failure is ours. So the list
 * says what may be missing, and the emulator what is.
 */
export const knownGaps: readonly Gap[] = [
  {
    name: 'rules of security groups as resources of their own',
    error: /Unrecognized resource types: \[AWS::EC2::SecurityGroupEgress, AWS::EC2::SecurityGroupIngress\]/,
    context: { without: ['AWS::EC2::SecurityGroupEgress', 'AWS::EC2::SecurityGroupIngress'] },
    testedBy: 'test/infra/network.test.ts',
  },
  {
    name: 'alarms on a formula of metrics',
    error: /AWS::CloudWatch::Alarm Properties\.Metrics \(metric math\) is not supported/,
    context: { plain: ['Alarms/RefreshMissing'] },
    testedBy: 'test/infra/alarms.test.ts',
  },
  {
    name: 'policies for one path of parameters: it asks whether reading is allowed on *',
    error: /not authorized to perform: ssm:GetParametersByPath on resource: \*/,
    context: { allow: ['ssm:GetParametersByPath'] },
    testedBy: 'test/infra/permissions.test.ts',
  },
  {
    name: 'the function of CDK that empties the default security group: its SDK is not here',
    error: /no stub for '@aws-sdk\/client-ec2'/,
    context: { without: ['Custom::VpcRestrictDefaultSG'] },
    testedBy: 'test/infra/database.test.ts',
  },
  {
    name: 'references to a secret by its ARN: it gives the name, which no policy for the ARN allows',
    error: /not authorized to perform: secretsmanager:GetSecretValue/,
    context: { allow: ['secretsmanager:GetSecretValue'] },
    testedBy: 'test/infra/database-secrets.test.ts',
  },
];

/** What no emulator shows at all, so that a green run is not taken for more than it is. */
export const neverShown: readonly string[] = [
  'customer-managed keys: parameters use alias/aws/ssm (policy: test/infra/permissions.test.ts)',
  'the interface endpoint of Parameter Store and the isolation of its subnets: functions run on this machine (test/infra/network.test.ts)',
  'TLS to the database: it is on this machine (test/bundle/certificates.test.ts)',
  'an RDS instance: a Postgres of this machine is in its place (test/infra/database.test.ts)',
  'Lambda stopping a function that takes too long (order of the timeouts: test/infra/functions.test.ts)',
];

/** What is left out of one environment, so that an emulator can make the rest. */
export interface Gaps {
  /** For the app: see app.ts. */
  context(): { readonly without: string[]; readonly plain: string[]; readonly allow: string[] };
  /** Whether a failed deploy printed a gap that was not known; from now on it is. */
  find(output: string): boolean;
  /** The list, for whoever reads the run. */
  describe(title: string): string;
}

/** @param known those that no deploy has to find out */
export function createGaps(known: readonly Gap[] = []): Gaps {
  const said = new Map<Gap, string | undefined>(known.map((gap) => [gap, undefined]));
  const all = (name: keyof Gap['context']) => [...said.keys()].flatMap(({ context }) => context[name] ?? []);
  return {
    context: () => ({ without: all('without'), plain: all('plain'), allow: all('allow') }),
    find: (output) => {
      const gap = knownGaps.find((it) => !said.has(it) && it.error.test(output));
      if (gap) said.set(gap, gap.error.exec(output)?.[0]);
      return gap !== undefined;
    },
    describe: (title) =>
      [
        title,
        ...[...said].flatMap(([{ name, testedBy }, error]) => [
          `- ${name}`,
          ...(error === undefined ? [] : [`  it said: ${error}`]),
          `  instead: ${testedBy}`,
        ]),
      ].join('\n'),
  };
}
