import { afterAll, beforeAll, describe, expect, it } from '@jest/globals';
import { Controller, Get, Module, Query } from '@nestjs/common';
import type { NestFastifyApplication } from '@nestjs/platform-fastify';
import { ApiOperation } from '@nestjs/swagger';
import { IsIn } from 'class-validator';
import { createHttpApp } from '../http-app.js';
import { describeApi } from '../openapi/description.js';
import { Deprecated } from './deprecated.js';

const LINK = 'https://example.org/changelog#old';

class Page {
  @IsIn(['1'])
  page = '';
}

@Controller('api/old')
class OldController {
  @Get('announced')
  @Deprecated({ since: '2027-01-31', link: LINK })
  @ApiOperation({ summary: 'Above' })
  announced() {
    return {};
  }

  @Get('ending')
  @ApiOperation({ summary: 'Below' })
  @Deprecated({ since: '2027-01-31', sunset: '2028-01-31', link: LINK })
  ending(@Query() page: Page) {
    return page;
  }

  @Get('staying')
  @ApiOperation({ summary: 'Stays' })
  staying() {
    return {};
  }
}

@Module({ controllers: [OldController] })
class OldModule {}

describe('a route that will end', () => {
  let app: NestFastifyApplication;
  beforeAll(async () => {
    app = await createHttpApp(OldModule, { publicUrl: null, adminDirectory: '/nonexistent', nest: { logger: false } });
    await app.listen(0, '127.0.0.1');
  });
  afterAll(() => app.close());

  const ask = async (path: string) => {
    const { status, headers } = await fetch(`${await app.getUrl()}/api/old/${path}`);
    return [status, ...['deprecation', 'sunset', 'link'].map((name) => headers.get(name))];
  };

  it('says since when, until when and where to read about it, with errors too', async () => {
    const link = `<${LINK}>; rel="deprecation"`;
    // date -u -d 2027-01-31 +%s
    expect(await ask('announced')).toEqual([200, '@1801353600', null, link]);
    const end = 'Mon, 31 Jan 2028 00:00:00 GMT';
    expect(await ask('ending?page=1')).toEqual([200, '@1801353600', end, link]);
    expect(await ask('ending?page=x')).toEqual([400, '@1801353600', end, link]);
    expect(await ask('staying')).toEqual([200, null, null, null]);
  });

  it('is deprecated in the API description, and is described as before', () => {
    const { paths } = describeApi(app);
    const said = ['announced', 'ending', 'staying'].map((name) => paths[`/api/old/${name}`]!.get);
    expect(said).toMatchObject([
      { summary: 'Above', deprecated: true },
      { summary: 'Below', deprecated: true },
      { summary: 'Stays' },
    ]);
    expect(said[2]).not.toHaveProperty('deprecated');
  });

  it.each([
    ['2027-02-30', undefined, '2027-02-30 is no day'],
    ['2027-01-31', '2028-01-30', '2028-01-30 is less than 12 months after 2027-01-31'],
  ])('announced %s and ending %s is refused: %s', (since, sunset, words) => {
    expect(() => Deprecated({ since, ...(sunset && { sunset }), link: LINK })).toThrow(words);
  });
});
