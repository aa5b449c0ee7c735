/**
 * Stands in for `@aws-sdk/credential-provider-node` and `@aws-sdk/credential-providers` inside the bundles. A Lambda
 * function always gets its role's credentials as environment variables, so the profile files, SSO, web identity,
 * container and instance metadata providers can never answer there; leaving them out saves about a quarter of the bundle.
 */
export {
  fromEnv as defaultProvider,
  fromEnv as fromNodeProviderChain,
} from '@aws-sdk/credential-provider-env';
