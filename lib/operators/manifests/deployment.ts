import { flag, list, mapOf, object, objectAsItIs, type Shape, text, textOrNumber, whole } from './shape.ts';

/** Of what Go reads without a look at letter case. */
const any = (fields: Readonly<Record<string, Shape>>) => object(fields, false);

const resources = any({ limits: mapOf(textOrNumber), requests: mapOf(textOrNumber) });
const keyOf = any({ name: text, key: text, optional: flag });
const header = any({ name: text, value: text });
const handler = {
  exec: any({ command: list(text) }),
  httpGet: any({ path: text, port: textOrNumber, host: text, scheme: text, httpHeaders: list(header) }),
  tcpSocket: any({ port: textOrNumber, host: text }),
};
const probe = any({
  ...handler,
  initialDelaySeconds: whole,
  timeoutSeconds: whole,
  periodSeconds: whole,
  successThreshold: whole,
  failureThreshold: whole,
});
const securityContext = any({
  capabilities: any({ add: list(text), drop: list(text) }),
  privileged: flag,
  runAsUser: whole,
  runAsGroup: whole,
  fsGroup: whole,
  runAsNonRoot: flag,
  readOnlyRootFilesystem: flag,
  allowPrivilegeEscalation: flag,
  supplementalGroups: list(whole),
  seccompProfile: any({ type: text, localhostProfile: text }),
});
const variable = any({
  name: text,
  value: text,
  valueFrom: any({
    fieldRef: any({ apiVersion: text, fieldPath: text }),
    resourceFieldRef: any({ containerName: text, resource: text, divisor: textOrNumber }),
    configMapKeyRef: keyOf,
    secretKeyRef: keyOf,
  }),
});
const container = any({
  name: text,
  image: text,
  command: list(text),
  args: list(text),
  workingDir: text,
  ports: list(any({ name: text, hostPort: whole, containerPort: whole, protocol: text, hostIP: text })),
  env: list(variable),
  envFrom: list(any({ prefix: text, configMapRef: keyOf, secretRef: keyOf })),
  resources,
  volumeMounts: list(any({ name: text, readOnly: flag, mountPath: text, subPath: text, subPathExpr: text })),
  livenessProbe: probe,
  readinessProbe: probe,
  startupProbe: probe,
  lifecycle: any({ postStart: any(handler), preStop: any(handler) }),
  terminationMessagePath: text,
  terminationMessagePolicy: text,
  imagePullPolicy: text,
  securityContext,
  stdin: flag,
  stdinOnce: flag,
  tty: flag,
});
const selector = any({
  matchLabels: mapOf(text),
  matchExpressions: list(any({ key: text, operator: text, values: list(text) })),
});
const items = list(any({ key: text, path: text, mode: whole }));
const volume = any({
  name: text,
  emptyDir: any({ medium: text, sizeLimit: textOrNumber }),
  hostPath: any({ path: text, type: text }),
  secret: any({ secretName: text, items, defaultMode: whole, optional: flag }),
  configMap: any({ name: text, items, defaultMode: whole, optional: flag }),
  persistentVolumeClaim: any({ claimName: text, readOnly: flag }),
});
const pod = any({
  volumes: list(volume),
  initContainers: list(container),
  containers: list(container),
  restartPolicy: text,
  terminationGracePeriodSeconds: whole,
  activeDeadlineSeconds: whole,
  dnsPolicy: text,
  nodeSelector: mapOf(text),
  serviceAccountName: text,
  serviceAccount: text,
  automountServiceAccountToken: flag,
  nodeName: text,
  hostNetwork: flag,
  hostPID: flag,
  hostIPC: flag,
  securityContext,
  imagePullSecrets: list(any({ name: text })),
  hostname: text,
  subdomain: text,
  affinity: objectAsItIs,
  schedulerName: text,
  tolerations: list(any({ key: text, operator: text, value: text, effect: text, tolerationSeconds: whole })),
  priorityClassName: text,
  priority: whole,
});
const templateMetadata = any({
  name: text,
  namespace: text,
  labels: mapOf(text),
  annotations: mapOf(text),
});

/** `spec` of a CSV, as far as it is read for its images: wrong types anywhere in a deployment fail the bundle. */
export const installShape = any({
  install: any({
    strategy: text,
    spec: any({
      deployments: list(
        any({
          name: text,
          spec: any({
            replicas: whole,
            selector,
            template: any({ metadata: templateMetadata, spec: pod }),
            strategy: any({
              type: text,
              rollingUpdate: any({ maxUnavailable: textOrNumber, maxSurge: textOrNumber }),
            }),
            minReadySeconds: whole,
            revisionHistoryLimit: whole,
            paused: flag,
            progressDeadlineSeconds: whole,
          }),
        }),
      ),
    }),
  }),
});
