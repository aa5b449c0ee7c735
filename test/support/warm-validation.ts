import { createHash } from 'node:crypto';
import { readFileSync, writeFileSync } from 'node:fs';
import { join } from 'node:path';
import { App, CloudFormationValidatePlugin, type IPolicyValidationContext } from 'aws-cdk-lib/core';
import { temporaryFolder } from './temporary-folder.ts';

/** What the stacks of the tests are made of. One that is missing here costs time, and nothing else. */
const TYPES = [
  ...['AWS::CloudWatch::Alarm', 'AWS::CloudWatch::Dashboard', 'AWS::EC2::EIP', 'AWS::EC2::InternetGateway'],
  ...['AWS::EC2::NatGateway', 'AWS::EC2::Route', 'AWS::EC2::RouteTable', 'AWS::EC2::SecurityGroup'],
  ...['AWS::EC2::SecurityGroupEgress', 'AWS::EC2::SecurityGroupIngress', 'AWS::EC2::Subnet'],
  ...['AWS::EC2::SubnetRouteTableAssociation', 'AWS::EC2::VPC', 'AWS::EC2::VPCEndpoint'],
  ...[
    'AWS::EC2::VPCGatewayAttachment',
    'AWS::IAM::Policy',
    'AWS::IAM::Role',
    'AWS::Lambda::Alias',
    'AWS::Lambda::Function',
  ],
  ...['AWS::Lambda::EventInvokeConfig', 'AWS::Lambda::Version', 'AWS::Logs::LogGroup'],
  ...['AWS::RDS::DBInstance', 'AWS::RDS::DBParameterGroup', 'AWS::RDS::DBSubnetGroup', 'AWS::SNS::Topic'],
  ...['AWS::SNS::TopicPolicy', 'AWS::SQS::Queue', 'AWS::SQS::QueuePolicy', 'AWS::SSM::Parameter'],
  ...['AWS::Scheduler::Schedule', 'AWS::SecretsManager::Secret'],
  ...[
    'AWS::SecretsManager::SecretTargetAttachment',
    'Custom::PasswordParameter',
    'Custom::Migrations',
    'Custom::Trigger',
  ],
  ...['AWS::StepFunctions::StateMachine', 'Custom::Migrations', 'Custom::VpcRestrictDefaultSG'],
];

const known = new Set<string>(TYPES);
/** Templates, for an account and a region, that nothing was found in. */
const clean = new Set<string>();
let isLoaded = false;

/**
 * CDK checks each template of each synthesis by CloudFormation's rules. It loads those of the types of a stack, half a second each time that
 * a stack has a type which the one before it had not: here all that were ever seen are loaded, once for all tests of a worker. And a
 * template that it has found nothing in is not looked at again, since many tests synthesize the same. What has a finding is.
 */
export function warmValidation(): void {
  const plugin = CloudFormationValidatePlugin._singletonInstance();
  const validate = plugin.validate.bind(plugin);
  plugin.validate = (context) => {
    const stacks = context.stackTemplates.map(({ templatePath, accountId, region }) => ({
      template: readFileSync(templatePath, 'utf8'),
      accountId,
      region,
    }));
    const key = createHash('sha256').update(JSON.stringify(stacks)).digest('hex');
    if (clean.has(key)) return { success: true, violations: [] };
    const resources = stacks.flatMap(({ template }) =>
      Object.values<{ readonly Type: string }>(JSON.parse(template).Resources ?? {}),
    );
    const before = known.size;
    for (const { Type } of resources) known.add(Type);
    if (!isLoaded || known.size > before) validate(ofAllTypes());
    isLoaded = true;
    const report = validate(context);
    if (report.violations.length === 0) clean.add(key);
    return report;
  };
}

/** A stack with a resource of each type, which lack everything that they must have: what is found of them is of no interest. */
function ofAllTypes(): IPolicyValidationContext {
  const templatePath = join(temporaryFolder(), 'types.template.json');
  const Resources = Object.fromEntries([...known].map((Type, index) => [`Type${index}`, { Type }]));
  writeFileSync(templatePath, JSON.stringify({ Resources }));
  const stack = { stackConstructPath: 'Types', templatePath, accountId: undefined, region: undefined };
  return { appConstruct: new App(), templatePaths: [templatePath], stackTemplates: [stack] };
}
