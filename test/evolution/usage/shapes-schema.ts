/** A schema with one of each: what an operation can use, and in which ways. */
export const shapesSdl = /* GraphQL */ `
  directive @tag(
    name: String!
    mode: TagMode = SOFT
    rule: TagRule
  ) repeatable on QUERY | MUTATION | FIELD | FRAGMENT_SPREAD | INLINE_FRAGMENT | FRAGMENT_DEFINITION | VARIABLE_DEFINITION

  enum TagMode {
    SOFT
    HARD
  }

  input TagRule {
    mode: TagMode! = HARD
    weight: Int
  }

  scalar Instant

  scalar Json

  interface Node {
    id: ID!
  }

  interface Choice implements Node {
    id: ID!
    key: String!
    label(locale: Locale = EN): String!
  }

  interface Owned {
    owner: Node
    notes(last: Int = 3): [String!]!
  }

  type Lead implements Node & Owned {
    id: ID!
    name: String
    industry: String
    industryRef: Industry
    stage: Stage
    createdAt: Instant
    owner: User
    notes(last: Int = 5, tone: Tone = KIND): [String!]!
  }

  type Account implements Node & Owned {
    id: ID!
    owner: Team
    notes(last: Int = 3): [String!]!
  }

  type User implements Node {
    id: ID!
    name: String
  }

  type Team implements Node {
    id: ID!
    title: String
  }

  type Industry implements Choice & Node {
    id: ID!
    key: String!
    label(locale: Locale = EN): String!
  }

  type Source implements Choice & Node {
    id: ID!
    key: String!
    label(locale: Locale = DE): String!
    color: String
  }

  union SearchResult = Lead | Account | Industry

  enum Stage {
    NEW
    WON
    LOST
  }

  enum Locale {
    EN
    DE
  }

  enum Tone {
    KIND
    CURT
  }

  enum ChoiceType {
    INDUSTRY
    SOURCE
  }

  enum Direction {
    ASC
    DESC
  }

  enum LeadOrderField {
    NAME
    INDUSTRY
  }

  enum AuditLevel {
    BRIEF
    FULL
  }

  input ChoiceRef @oneOf {
    id: ID
    key: String
  }

  input LeadFilter {
    industry: String
    industryRef: ChoiceRef
    stage: [Stage!]
    and: [LeadFilter!]
  }

  input LeadOrder {
    field: LeadOrderField!
    direction: Direction! = ASC
  }

  input Audit {
    level: AuditLevel! = BRIEF
    reason: String = ""
  }

  input UpdateLeadInput {
    name: String
    industryRef: ChoiceRef
    stage: Stage = NEW
    audit: Audit = { level: FULL }
  }

  type Query {
    lead(id: ID!): Lead
    leads(first: Int, filter: LeadFilter, orderBy: [LeadOrder!]! = [{ field: NAME }]): [Lead!]!
    page(first: Int = 20): [Lead!]!
    node(id: ID!): Node
    owned: [Owned!]!
    search(text: String!): [SearchResult!]!
    choices(type: ChoiceType! = INDUSTRY): [Choice!]!
    count(stages: [[Stage!]!], filter: LeadFilter = { industry: "tech", stage: [WON] }, json: Json): Int
  }

  type Mutation {
    updateLead(id: ID!, input: UpdateLeadInput!): Lead
  }

  type Subscription {
    leadChanged(stage: Stage): Lead
  }
`;
