/** Loaded before an app, which then leaves out of its stacks what an emulator cannot make, and knows nothing of it. */
import { App, Stack } from 'aws-cdk-lib/core';
import { closeGaps } from './close-gaps.ts';

const synth = App.prototype.synth;

App.prototype.synth = function (this: App, ...options) {
  for (const stack of this.node.children.filter(Stack.isStack)) closeGaps(stack);
  return synth.apply(this, options);
};
