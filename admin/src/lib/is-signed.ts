import type { Webhook } from '../api/types';

/** It gets signed JSON, and its address is not secret: an endpoint, or a listener. */
export const isSigned = ({ kind }: Pick<Webhook, 'kind'>): boolean => kind === 'endpoint' || kind === 'listen';
