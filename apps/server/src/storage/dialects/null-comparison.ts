import {
  BinaryOperationNode,
  type KyselyPlugin,
  OperationNodeTransformer,
  OperatorNode,
  type PluginTransformQueryArgs,
  type PluginTransformResultArgs,
  type QueryResult,
  type RootOperationNode,
  type UnknownRow,
  ValueNode,
} from 'kysely'

const IS: Record<string, 'is' | 'is not'> = { '=': 'is', '!=': 'is not', '<>': 'is not' }

class NullComparison extends OperationNodeTransformer {
  protected override transformBinaryOperation(given: BinaryOperationNode): BinaryOperationNode {
    const node = super.transformBinaryOperation(given)
    const { leftOperand, operator, rightOperand } = node
    if (!OperatorNode.is(operator) || !ValueNode.is(rightOperand) || rightOperand.value !== null) return node
    const is = IS[operator.operator]
    return is ? BinaryOperationNode.create(leftOperand, OperatorNode.create(is), ValueNode.createImmediate(null)) : node
  }
}

/**
 * Makes `where('x', '=', value)` find rows without a value when `value` is null. Kysely's own SafeNullComparisonPlugin generates `is $1`,
 * which PostgreSQL does not parse.
 */
export class NullComparisonPlugin implements KyselyPlugin {
  readonly #transformer = new NullComparison()

  transformQuery({ node, queryId }: PluginTransformQueryArgs): RootOperationNode {
    return this.#transformer.transformNode(node, queryId)
  }

  async transformResult({ result }: PluginTransformResultArgs): Promise<QueryResult<UnknownRow>> {
    return result
  }
}
