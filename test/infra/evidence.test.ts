import { expect, test } from 'vitest';
import { chooseEnvironment } from '../../environments.ts';
import { environmentVariables } from '../../lib/contract.ts';
import { showEvidence } from '../../lib/plan/evidence.ts';
import { compile } from '../support/migrations.ts';
import { type Synthesized, synth } from '../support/synth.ts';

const account = '111111111111';
const FROM = 'arn:aws:ssm:eu-central-1:222222222222:parameter/registry/demo/evidence';
const idle = synth();

/** Each statement of the role that migrates, and of the endpoint, that is about evidence. */
function statementsOf({ find }: Synthesized) {
  const role = find('AWS::IAM::Policy', 'MigrationsJobRole')[1].Properties.PolicyDocument.Statement;
  const endpoint = find('AWS::EC2::VPCEndpoint')[1].Properties.PolicyDocument.Statement;
  return [role, endpoint].map((list) =>
    list.filter(({ Action }: { Action: string | string[] }) => [Action].flat().includes('ssm:GetParameter')),
  );
}

test('what was applied is said once it is, in a parameter that another account can be let in to', async () => {
  const migrations = await compile({ '001_a.sql': 'create table a (id int);' });
  const environment = { ...chooseEnvironment('staging'), publishEvidence: true };
  const { find } = synth({ environment, props: { migrations } });
  const [, parameter] = find('AWS::SSM::Parameter');
  expect(parameter.Properties).toMatchObject({
    Name: '/registry/staging/evidence',
    Type: 'String',
    Tier: 'Advanced',
    Value: showEvidence(migrations.migrations, { environment: 'staging', proved: false }),
  });
  const [deploy] = find('Custom::Migrations');
  expect(parameter.DependsOn).toContain(deploy);
  const elsewhere = synth({ environment, props: { migrations, parameterPath: '/shop' } });
  expect(elsewhere.find('AWS::SSM::Parameter')[1].Properties.Name).toBe('/shop/evidence');
});

test('who asks for it may read that one parameter, through the endpoint too, and is told its name', () => {
  const environment = { ...chooseEnvironment('staging'), requireEvidenceFrom: FROM };
  const asking = synth({ environment });
  const [role, endpoint] = statementsOf(asking);
  expect(role).toEqual([
    { Sid: 'ReadEvidence', Effect: 'Allow', Action: 'ssm:GetParameter', Resource: FROM },
  ]);
  expect(endpoint).toEqual([
    {
      Effect: 'Allow',
      Principal: { AWS: '*' },
      Action: 'ssm:GetParameter',
      Resource: FROM,
      Condition: { StringEquals: { 'aws:PrincipalAccount': account } },
    },
  ]);
  const variables = (it: Synthesized) =>
    it.find('AWS::Lambda::Function', 'MigrationsJob')[1].Properties.Environment.Variables;
  expect(variables(asking)[environmentVariables.evidence]).toBe(FROM);
  expect(variables(idle)).not.toHaveProperty(environmentVariables.evidence);
});

test('by its name it is one of this account', () => {
  const environment = { ...chooseEnvironment('staging'), requireEvidenceFrom: '/registry/demo/evidence' };
  const [[statement]] = statementsOf(synth({ environment })) as [[{ Resource: unknown }]];
  expect(JSON.stringify(statement.Resource)).toContain(
    `:ssm:eu-central-1:${account}:parameter/registry/demo/evidence`,
  );
});

test('where nobody asks and nobody tells there is nothing of it', () => {
  expect(idle.all('AWS::SSM::Parameter')).toEqual([]);
  expect(statementsOf(idle)).toEqual([[], []]);
});
