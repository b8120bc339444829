import { afterAll, beforeAll, describe, expect, test } from '@jest/globals';
import chromium from '@sparticuz/chromium';
import { chromium as browserType } from 'playwright-core';
import type { Browser, Page } from 'playwright-core';
import { issueToken } from '../../src/tenancy/issue-token.ts';
import { startToyServer, toySecret } from './toy/toy-server.ts';
import type { ToyServer } from './toy/toy-server.ts';

const defaultQuery = 'query Demo {\n  lead(id: "1") {\n    name\n    industry\n    industryRef { label }\n  }\n}\n';

describe('GraphiQL', () => {
  let server: ToyServer;
  let html: string;
  let policy: string;
  beforeAll(async () => {
    const token = await issueToken(toySecret, { subject: 'demo', tenant: 'acme', roles: ['reader'], expiresIn: '5m' });
    server = await startToyServer({
      graphiql: { headers: { authorization: `Bearer ${token}` }, defaultQuery, title: 'The toy' },
    });
    const response = await fetch(`${server.url}/graphiql`, { headers: { accept: 'text/html' } });
    expect(response.status).toBe(200);
    expect(response.headers.get('content-type')).toBe('text/html; charset=utf-8');
    policy = response.headers.get('content-security-policy')!;
    html = await response.text();
  });
  afterAll(() => server.close());

  test('is one page that names nothing to load from elsewhere', () => {
    const scripts = /<script>.*?<\/script>/gs;
    const styles = /<style>.*?<\/style>/gs;
    const markup = html.replaceAll(scripts, '').replaceAll(styles, '');
    expect(markup).toContain('<title>The toy, current</title>');
    expect([...markup.matchAll(/(?:src|href)="([^"]{0,20})/g)].map(([, url]) => url)).toEqual([expect.stringMatching(/^data:image\//)]);
    const style = styles.exec(html)![0];
    expect(style).not.toMatch(/@import/);
    for (const [, url] of style.matchAll(/url\(["']?([^)"']{0,10})/g)) expect(url).toMatch(/^(data:|#)/);
  });

  test('may load nothing from elsewhere', () => {
    expect(policy).toMatch(/^default-src 'none'; script-src( 'sha256-[A-Za-z0-9+/]{43}='){2}; /);
    expect(policy).toContain("connect-src 'self'");
    expect(policy).not.toMatch(/https?:|\*|unsafe-eval|script-src[^;]*unsafe-inline/);
  });

  describe('in a browser', () => {
    let browser: Browser;
    let page: Page;
    const requested: string[] = [];
    const complaints: string[] = [];
    beforeAll(async () => {
      browser = await browserType.launch({ executablePath: await chromium.executablePath(), args: chromium.args });
      page = await browser.newPage();
      page.on('request', (request) => requested.push(request.url()));
      page.on('console', (message) => {
        if (message.type() === 'error') complaints.push(message.text());
      });
      page.on('pageerror', (error) => complaints.push(error.message));
      await page.goto(`${server.url}/graphiql`);
    }, 60_000);
    afterAll(() => browser?.close());

    test('opens with the query and the token, runs it, and knows the schema', async () => {
      await page.locator('.graphiql-query-editor').getByText('lead').first().waitFor();
      await page.getByRole('button', { name: /Execute query/ }).click();
      await page.locator('.result-window').getByText('Technology').waitFor();
      await page.getByRole('button', { name: /Documentation Explorer/ }).click();
      await page.getByText('Root Types').waitFor();
      await page.getByRole('link', { name: 'Query', exact: true }).click();
      await page.locator('.graphiql-doc-explorer').getByText('leads').first().waitFor();
    }, 60_000);

    test('is the same after a reload: one tab, with query and token', async () => {
      await page.reload();
      await page.locator('.graphiql-query-editor').getByText('lead').first().waitFor();
      await page.getByRole('button', { name: /Execute query/ }).click();
      await page
        .locator('.result-window')
        .getByText(/Technology|UNAUTHENTICATED/)
        .waitFor();
      expect(await page.locator('.result-window').innerText()).toContain('Technology');
      expect(await page.getByRole('tab').allInnerTexts()).toEqual(['Demo']);
    }, 60_000);

    test('strikes through what is deprecated in the query, and says why on hovering', async () => {
      const industry = page.locator('.graphiql-query-editor .squiggly-warning');
      await industry.waitFor({ state: 'attached' });
      expect(await industry.count()).toBe(1);
      const line = await industry.evaluate((element) => {
        const { borderTopStyle, borderTopWidth, position } = getComputedStyle(element, '::after');
        return { borderTopStyle, borderTopWidth, position };
      });
      expect(line).toEqual({ borderTopStyle: 'solid', borderTopWidth: '1px', position: 'absolute' });
      const box = (await industry.boundingBox())!;
      await page.mouse.move(box.x + box.width / 2, box.y + box.height / 2);
      await page
        .locator('.monaco-hover')
        .getByText(/The field Lead\.industry is deprecated\. Use `industryRef \{ key label \}`\. Removed in 2027-07\./)
        .waitFor();
    }, 60_000);

    test('strikes through deprecated fields and arguments in the documentation, beside the reason', async () => {
      const documentation = page.locator('.graphiql-doc-explorer');
      const struck = (name: string) =>
        documentation
          .getByText(name, { exact: true })
          .evaluateAll((elements) =>
            elements.map((element) => getComputedStyle(element.closest('div, span:has(> span)')!).textDecorationLine),
          );
      if (!(await documentation.isVisible())) await page.getByRole('button', { name: /Documentation Explorer/ }).click();
      await page.getByRole('link', { name: 'Query', exact: true }).click();
      await page.getByRole('link', { name: 'Lead', exact: true }).first().click();
      await page.getByRole('button', { name: 'Show Deprecated Fields' }).click();
      await documentation.getByText('Use industryRef { key label }. Removed in 2027-07.').waitFor();
      expect(await struck('industry')).toEqual(['line-through']);
      expect(await struck('name')).toEqual(['none']);

      await page.getByRole('link', { name: 'notes', exact: true }).click();
      await page.getByRole('button', { name: 'Show Deprecated Arguments' }).click();
      await documentation.getByText('Use industryRef. Removed in 2027-07.').waitFor();
      expect(await struck('industry')).toEqual(['line-through']);
      expect(await struck('first')).toEqual(['none']);
    }, 60_000);

    test('has a page for each version, a click away, where its query has what that version has', async () => {
      for (const [version, answer] of [
        ['2026-01', ['"name"', '"industry"']],
        ['next', ['"name"', '"industryRef"', '"label"']],
        ['2026-11', ['"name"', '"industry"', '"industryRef"', '"label"', '"deprecations"']],
      ] as const) {
        await page.getByRole('navigation', { name: 'API version' }).getByRole('link', { name: version, exact: true }).click();
        await page.waitForURL((url) => url.pathname === `/graphiql/${version}`);
        expect(await page.title()).toBe(`The toy, ${version}`);
        expect(await page.locator('[aria-current=page]').allInnerTexts()).toEqual([version]);
        await page.locator('.graphiql-query-editor').getByText('name').first().waitFor();
        await page.getByRole('button', { name: /Execute query/ }).click();
        await page.locator('.result-window').getByText('"Ada"').waitFor();
        const text = await page.locator('.result-window').innerText();
        for (const name of answer) expect(text).toContain(name);
        if (version !== '2026-11') expect(text).not.toContain('deprecations');
        expect(await page.getByRole('tab').allInnerTexts()).toEqual(['Demo']);
      }
    }, 120_000);

    test('asks nobody but this server, and is refused nothing', () => {
      expect(requested.filter((url) => !url.startsWith(server.url) && !/^(data|blob):/.test(url))).toEqual([]);
      expect(complaints).toEqual([]);
    });
  });
});
