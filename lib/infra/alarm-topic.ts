import { PolicyStatement, ServicePrincipal } from 'aws-cdk-lib/aws-iam';
import { type ITopic, Topic } from 'aws-cdk-lib/aws-sns';
import { ArnFormat, Stack } from 'aws-cdk-lib/core';
import { Construct } from 'constructs';

export interface AlarmTopicProps {
  /**
   * ARN of a topic that exists already.
   * @default - one is made, and people subscribe to it
   */
  readonly existing?: string;
}

/**
 * Where alarms are told. The one made here takes messages from this account's alarms and over TLS only. They hold names and
 * numbers and nothing of the database, so they need no key, whose policy would have to let CloudWatch in.
 */
export class AlarmTopic extends Construct {
  /** The one made here, or the one that was there. */
  readonly topic: ITopic;

  constructor(scope: Construct, id: string, props: AlarmTopicProps = {}) {
    super(scope, id);
    this.topic = props.existing ? Topic.fromTopicArn(this, 'Topic', props.existing) : this.createTopic();
  }

  private createTopic(): Topic {
    const topic = new Topic(this, 'Topic', { enforceSSL: true });
    const stack = Stack.of(this);
    // With a policy of its own a topic loses the default one, which let the account's alarms in.
    topic.addToResourcePolicy(
      new PolicyStatement({
        sid: 'AlarmsOfThisAccount',
        principals: [new ServicePrincipal('cloudwatch.amazonaws.com')],
        actions: ['sns:Publish'],
        resources: [topic.topicArn],
        conditions: {
          StringEquals: { 'aws:SourceAccount': stack.account },
          ArnLike: {
            'aws:SourceArn': stack.formatArn({
              service: 'cloudwatch',
              resource: 'alarm',
              resourceName: '*',
              arnFormat: ArnFormat.COLON_RESOURCE_NAME,
            }),
          },
        },
      }),
    );
    return topic;
  }
}
