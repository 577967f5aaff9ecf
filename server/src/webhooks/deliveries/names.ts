import { Injectable } from '@nestjs/common';
import { In, type EntityManager } from 'typeorm';
import type { AgencyActor } from '../../auth/actor.js';
import { hasRight } from '../../auth/role.js';
import { WebhookEvent } from '../../events/event.entity.js';
import type { EventData, RecordRef } from '../../events/records/labels.js';
import { completed, recordsById, recordsByName } from '../../events/records/record-names.js';
import { plainSentence, type Sentence } from '../../events/catalogue/sentence.js';
import { wordsOf } from '../destinations/message.js';
import type { AboutResponse } from './delivery-response.dto.js';
import type { RecordResponse } from './records.dto.js';

/** Longer messages are not read for a list. */
const MAX_READ_BYTES = 16_384;
/** How many of the records that match a name are searched for, the last seen first. */
const MAX_NAMED = 20;

interface ReadMessage {
  id: string;
  body: string;
}

/**
 * What deliveries and events are about, in words. Names are personal data, so all names come from here, and only for
 * people and keys that may read messages.
 */
@Injectable()
export class Names {
  /** Adds to rows what their events are about; null for callers who may not know, after an erasure, and for tests. */
  async about<Row>(
    manager: EntityManager,
    actor: AgencyActor,
    rows: readonly Row[],
    eventOf: (row: Row) => string,
  ): Promise<(Row & { about: AboutResponse | null })[]> {
    const known = hasRight(actor, 'content.read')
      ? await this.#read(manager, actor.agencyId, [...new Set(rows.map(eventOf))])
      : new Map<string, AboutResponse>();
    return rows.map((row) => ({ ...row, about: known.get(eventOf(row)) ?? null }));
  }

  /** The records whose names match a search text; none for callers who may not know names. */
  async search(manager: EntityManager, actor: AgencyActor, text: string | undefined): Promise<RecordRef[]> {
    if (!text || !hasRight(actor, 'content.read')) return [];
    const found = await recordsByName(manager, actor.agencyId, text, MAX_NAMED);
    return found.map(({ kind, value }) => ({ kind, value }) as RecordRef);
  }

  /** Records by name, for callers who may know names, and by id. */
  async find(manager: EntityManager, actor: AgencyActor, text: string): Promise<RecordResponse[]> {
    const { agencyId } = actor;
    const knows = hasRight(actor, 'content.read');
    const found = [
      ...(knows ? await recordsByName(manager, agencyId, text, MAX_NAMED) : []),
      ...(await recordsById(manager, agencyId, text.trim(), MAX_NAMED)),
    ];
    const unique = [...new Map(found.map((record) => [`${record.kind} ${record.value}`, record])).values()];
    return unique
      .slice(0, MAX_NAMED)
      .map(({ kind, value, label }) => ({ kind, id: value, label: knows ? label : null }));
  }

  async #read(manager: EntityManager, agencyId: string, ids: string[]): Promise<Map<string, AboutResponse>> {
    if (ids.length === 0) return new Map();
    const messages = await manager
      .createQueryBuilder(WebhookEvent, 'e')
      .select(['e.id as id', 'e.body as body'])
      .where({ agencyId, id: In(ids) })
      .andWhere('octet_length(e.body) <= :most', { most: MAX_READ_BYTES })
      .getRawMany<ReadMessage>();
    const events = messages.map(({ id, body }) => ({
      id,
      ...(JSON.parse(body) as { event: string; data: EventData }),
    }));
    const data = await completed(
      manager,
      agencyId,
      events.map((event) => event.data),
    );
    return new Map(
      events.flatMap(({ id, event }, index) => {
        const about = aboutOf(event, data[index]!);
        return about ? [[id, about] as const] : [];
      }),
    );
  }
}

const ZERO_WIDTH_SPACE = '\u200B';

/** null: a test message. */
function aboutOf(type: string, data: EventData): AboutResponse | null {
  const { heading, sentence } = wordsOf(type, data, 'full');
  return heading && { label: plain(heading), sentence: plain(sentence) };
}

/** Without the characters that keep chat tools from turning text into links. */
const plain = (sentence: Sentence) => plainSentence(sentence).replaceAll(ZERO_WIDTH_SPACE, '');
