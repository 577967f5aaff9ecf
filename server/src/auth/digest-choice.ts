export const DIGEST_CHOICES = ['off', 'weekly', 'daily'] as const;
export type DigestChoice = (typeof DIGEST_CHOICES)[number];

/** SQL: how often the person `u` (an alias of users) gets a digest. By default owners get one weekly, others none. */
export const digestSql = (u: string): string =>
  `coalesce(${u}.digest, case ${u}.role when 'owner' then 'weekly' else 'off' end)`;
