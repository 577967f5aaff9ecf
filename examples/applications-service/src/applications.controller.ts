import { BadRequestException, Body, Controller, Get, Header, Param, ParseUUIDPipe, Patch, Post } from '@nestjs/common';
import type { Application } from './application.entity.js';
import { Applications, type NewApplication } from './applications.service.js';
import { PAGE } from './page.js';

@Controller()
export class ApplicationsController {
  constructor(private readonly applications: Applications) {}

  @Get()
  @Header('content-type', 'text/html; charset=utf-8')
  page(): string {
    return PAGE;
  }

  @Get('applications')
  list(): Promise<Application[]> {
    return this.applications.list();
  }

  @Post('applications')
  create(@Body() body: Record<string, unknown> | undefined): Promise<Application> {
    const [jobId, jobTitle] = [textOf(body, 'jobId'), textOf(body, 'jobTitle')];
    const [candidateName, candidateEmail] = [textOf(body, 'candidateName'), textOf(body, 'candidateEmail')];
    const input: NewApplication = { jobId, jobTitle, candidateName, candidateEmail };
    return this.applications.create(input);
  }

  @Patch('applications/:id')
  move(
    @Param('id', ParseUUIDPipe) id: string,
    @Body() body: Record<string, unknown> | undefined,
  ): Promise<Application> {
    return this.applications.move(id, textOf(body, 'status'));
  }
}

function textOf(body: Record<string, unknown> | undefined, name: string): string {
  const value = body?.[name];
  if (typeof value === 'string' && value !== '') return value;
  throw new BadRequestException(`${name} must be a text`);
}
