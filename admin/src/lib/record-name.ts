import { capital } from './capital';

const UUID = /^[0-9a-f]{8}(-[0-9a-f]{4}){3}-[0-9a-f]{12}$/i;

/** "Application A-2050"; of a long id, the end: "Application …8e21". */
export function recordName({ kind, id }: { kind: string; id: string }): string {
  return `${capital(kind)} ${UUID.test(id) ? `…${id.slice(-4)}` : id}`;
}
