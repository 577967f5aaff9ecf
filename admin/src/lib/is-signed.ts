import type { Webhook } from '../api/types';

/** It gets JSON with a signature, and its address is no secret: an own system, or a program that listens. */
export const isSigned = ({ kind }: Pick<Webhook, 'kind'>): boolean => kind === 'endpoint' || kind === 'listen';
