/** Who may import whom: main → app, cli → api → evolution, crm → choice → choice-field; everybody may import errors. */
const never = (name, from, to, comment) => ({ name, severity: 'error', comment, from: { path: from }, to: { path: to } });

export default {
  forbidden: [
    { name: 'no-cycles', severity: 'error', from: {}, to: { circular: true } },
    {
      name: 'no-orphans',
      severity: 'error',
      comment: 'Dead code goes.',
      from: { orphan: true, path: '^src/', pathNot: '^src/main\\.ts$' },
      to: {},
    },
    { name: 'not-resolvable', severity: 'error', from: {}, to: { couldNotResolve: true } },
    {
      name: 'no-dev-dependencies',
      severity: 'error',
      comment: 'What the product imports, it depends on.',
      from: { path: '^src/' },
      to: { dependencyTypes: ['npm-dev', 'npm-no-pkg'], pathNot: 'node_modules/@types/' },
    },
    never('src-knows-no-test', '^src/', '^(test|bench|scripts)/'),
    never('errors-imports-nothing', '^src/errors\\.ts$', '^(src|node_modules)/'),
    never('choice-field-imports-nothing', '^src/choice/choice-field\\.ts$', '^(src|node_modules)/'),
    never('config-knows-errors-only', '^src/config\\.ts$', '^src/(?!errors\\.ts)'),
    never('database-knows-no-layer', '^src/database/', '^src/(?!database/|errors\\.ts|config\\.ts)'),
    never('execution-knows-no-layer', '^src/execution/', '^src/(?!execution/)'),
    never('csv-knows-no-layer', '^src/csv/', '^src/(?!csv/)'),
    never('tenancy-knows-no-layer', '^src/tenancy/', '^src/(?!tenancy/|database/|errors\\.ts|config\\.ts)'),
    never('evolution-knows-no-layer', '^src/evolution/', '^src/(?!evolution/|tenancy/|database/|errors\\.ts)'),
    never(
      'engine-knows-no-feature',
      '^src/choice/',
      '^src/(?!choice/|evolution/(lifecycle|codemod/rewrite-rule)\\.ts|execution/without-info\\.ts|csv/|tenancy/|database/|errors\\.ts)',
      'The engine imports no Lead.',
    ),
    never('crm-knows-no-api', '^src/crm/', '^src/(?!crm/|choice/|evolution/|csv/|tenancy/|database/|errors\\.ts)'),
    never('api-knows-no-crm', '^src/api/', '^src/(?!api/|evolution/|execution/|tenancy/|errors\\.ts)'),
    never('features-know-no-other', '^src/crm/(lead|account|opportunity|task)/', '^src/crm/(?!record/|choice-fields\\.ts)(?!$1/)'),
    never('record-knows-no-feature', '^src/crm/record/', '^src/crm/(lead|account|opportunity|task)/'),
    never('demo-knows-no-api', '^src/demo/', '^src/(?!demo/|crm/|choice/|tenancy/|database/|errors\\.ts)'),
    never('only-main-starts-the-app', '^src/(?!main\\.ts)', '^src/main\\.ts$'),
    never('only-main-composes', '^src/(?!main\\.ts|serve\\.ts)', '^src/app\\.ts$'),
  ],
  options: {
    doNotFollow: { path: 'node_modules' },
    tsPreCompilationDeps: true,
    tsConfig: { fileName: 'tsconfig.json' },
    enhancedResolveOptions: { exportsFields: ['exports'], conditionNames: ['import', 'require', 'node', 'default', 'types'] },
  },
};
