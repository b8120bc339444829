import { Kind, parse, validate } from 'graphql';
import type { DocumentNode, GraphQLSchema, NamedTypeNode, TypeNode } from 'graphql';
import { servedVersions } from '../versions/api-versions.ts';
import { filterSchema } from '../versions/filter-schema.ts';
import { createCoordinateCollector } from './collect-coordinates.ts';
import type { CoordinateCollector } from './collect-coordinates.ts';

/** What is known of a text without executing it; the same for ever, in one process. */
export interface DocumentAnalysis {
  /** The coordinates that it uses by itself. */
  readonly written: ReadonlySet<string>;
  /** Names of the types of its variables. */
  readonly variableTypes: readonly string[];
  /** Those that it uses in a version; undefined where it is not valid there, or nobody serves it. */
  inVersion(name: string): ReadonlySet<string> | undefined;
}

/** Analyses a text with one operation that is valid in the schema. */
export type DocumentAnalyser = (body: string) => DocumentAnalysis;

/** What is remembered, in bytes, roughly. Past it texts are analysed anew. */
const MOST_BYTES = 32 * 2 ** 20;
const BYTES_OF_COORDINATE = 50;

const analysers = new WeakMap<GraphQLSchema, DocumentAnalyser>();

/** The analyser of a schema, which has the members of every version. A text costs a millisecond or two the first time. */
export function findDocumentAnalyser(schema: GraphQLSchema): DocumentAnalyser {
  let analyser = analysers.get(schema);
  if (analyser === undefined) analysers.set(schema, (analyser = createDocumentAnalyser(schema)));
  return analyser;
}

function createDocumentAnalyser(schema: GraphQLSchema): DocumentAnalyser {
  const collect = createCoordinateCollector(schema);
  const views = new Map<string, { readonly view: GraphQLSchema; readonly collect: CoordinateCollector }>();
  const analyses = new Map<string, DocumentAnalysis>();
  let remembered = 0;

  return (body) => {
    if (remembered > MOST_BYTES) {
      analyses.clear();
      remembered = 0;
    }
    let analysis = analyses.get(body);
    if (analysis === undefined) analyses.set(body, (analysis = analyse(body)));
    return analysis;
  };

  function analyse(body: string): DocumentAnalysis {
    remembered += body.length;
    const document = parse(body);
    const found = new Map<string, ReadonlySet<string> | undefined>();
    return {
      written: findWritten(document, collect),
      variableTypes: listVariableTypes(document),
      inVersion: (name) => {
        if (!found.has(name)) found.set(name, findWrittenIn(name, body));
        return found.get(name);
      },
    };
  }

  /** Documents are read again for it: they take far more room than what they use. */
  function findWrittenIn(name: string, body: string): ReadonlySet<string> | undefined {
    const version = findView(name);
    const document = parse(body);
    return version && validate(version.view, document).length === 0 ? findWritten(document, version.collect) : undefined;
  }

  function findView(name: string) {
    const version = servedVersions.find((each) => each.name === name);
    if (version === undefined || views.has(name)) return views.get(name);
    const view = filterSchema(schema, version);
    const made = { view, collect: createCoordinateCollector(view) };
    views.set(name, made);
    return made;
  }

  function findWritten(document: DocumentNode, collector: CoordinateCollector): ReadonlySet<string> {
    const written = new Set(collector(document, undefined, undefined).explicit);
    remembered += BYTES_OF_COORDINATE * written.size;
    return written;
  }
}

function listVariableTypes({ definitions }: DocumentNode): string[] {
  const variables = definitions.flatMap((node) => (node.kind === Kind.OPERATION_DEFINITION ? (node.variableDefinitions ?? []) : []));
  return variables.map(({ type }) => findNamedNode(type).name.value);
}

function findNamedNode(type: TypeNode): NamedTypeNode {
  return type.kind === Kind.NAMED_TYPE ? type : findNamedNode(type.type);
}
