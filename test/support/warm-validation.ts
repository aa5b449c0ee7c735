import { App, CfnResource, Stack } from 'aws-cdk-lib/core';
import { temporaryFolder } from './temporary-folder.ts';

/** What the stacks of the tests are made of. One that is missing here costs time, and nothing else. */
const TYPES = [
  ...['AWS::CloudWatch::Alarm', 'AWS::CloudWatch::Dashboard', 'AWS::EC2::EIP', 'AWS::EC2::InternetGateway'],
  ...['AWS::EC2::NatGateway', 'AWS::EC2::Route', 'AWS::EC2::RouteTable', 'AWS::EC2::SecurityGroup'],
  ...['AWS::EC2::SecurityGroupEgress', 'AWS::EC2::SecurityGroupIngress', 'AWS::EC2::Subnet'],
  ...['AWS::EC2::SubnetRouteTableAssociation', 'AWS::EC2::VPC', 'AWS::EC2::VPCEndpoint'],
  ...['AWS::EC2::VPCGatewayAttachment', 'AWS::IAM::Policy', 'AWS::IAM::Role', 'AWS::Lambda::Function'],
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

/**
 * CDK loads the rules of CloudFormation for the types of a stack, half a second each time that a stack has a type which the one before
 * it had not. A stack with all types at the beginning has them loaded once for all tests of a worker.
 */
export function warmValidation(): void {
  const app = new App({ outdir: temporaryFolder(), analyticsReporting: false });
  const stack = new Stack(app, 'Types');
  for (const [index, type] of TYPES.entries()) new CfnResource(stack, `Type${index}`, { type });
  // They lack everything that they must have, so what is found of them is printed, and of no interest.
  const { error } = console;
  console.error = () => {};
  try {
    app.synth();
  } catch {
    // As expected.
  } finally {
    console.error = error;
  }
}
