import { randomUUID } from 'node:crypto';
import { ConflictException, Injectable, NotFoundException } from '@nestjs/common';
import { EventEmitter2 } from '@nestjs/event-emitter';
import { DataSource, type EntityManager } from 'typeorm';
import { WebhookPublisher } from 'bpoc-webhooks/nest';
import { Application } from './application.entity.js';
import { CandidateHired } from './candidate-hired.event.js';
import { SETTINGS } from './settings.js';

export type NewApplication = Pick<Application, 'jobId' | 'jobTitle' | 'candidateName' | 'candidateEmail'>;

/** Commits each state change and its event in one transaction. */
@Injectable()
export class Applications {
  constructor(
    private readonly dataSource: DataSource,
    private readonly webhooks: WebhookPublisher,
    private readonly emitter: EventEmitter2,
  ) {}

  list(): Promise<Application[]> {
    return this.dataSource.manager.find(Application, { order: { createdAt: 'DESC' }, take: 50 });
  }

  create(input: NewApplication): Promise<Application> {
    return this.dataSource.transaction(async (manager) => {
      const application = await manager.save(manager.create(Application, { ...input, status: 'applied' }));
      const { id, jobId, jobTitle, candidateName, candidateEmail } = application;
      await this.webhooks.webhookApplicationCreated(
        {
          applicationId: id,
          jobId,
          jobTitle,
          candidateId: candidateEmail,
          candidateName,
          candidateEmail,
          agencyId: SETTINGS.agencyId,
        },
        manager,
      );
      return application;
    });
  }

  /** Rejects with 404 if there is no such application, with 409 if it already has that status. */
  move(id: string, newStatus: string): Promise<Application> {
    return this.dataSource.transaction(async (manager) => {
      const lock = { mode: 'pessimistic_write' } as const;
      const application = await manager.findOne(Application, { where: { id }, lock });
      if (!application) throw new NotFoundException(`there is no application ${id}`);
      const { status: oldStatus, jobId, candidateEmail } = application;
      if (oldStatus === newStatus) throw new ConflictException(`the application is ${newStatus} already`);
      const moved = await manager.save(Object.assign(application, { status: newStatus }));
      const ids = { applicationId: id, jobId, candidateId: candidateEmail, agencyId: SETTINGS.agencyId };
      await this.webhooks.webhookApplicationStatusChanged({ ...ids, oldStatus, newStatus }, manager);
      if (newStatus === 'hired') await this.#hire(moved, manager);
      return moved;
    });
  }

  /** Not `emit`, which discards the promises of its listeners: the transaction would commit without them. */
  async #hire(application: Application, manager: EntityManager): Promise<void> {
    const startDate = new Date().toISOString().slice(0, 10);
    await this.emitter.emitAsync(
      CandidateHired.NAME,
      new CandidateHired(randomUUID(), application, startDate, manager),
    );
  }
}
