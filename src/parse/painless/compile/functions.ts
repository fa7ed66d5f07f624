import type { FunctionNode } from '../ast.ts';
import type { Compilation, OwnFunction } from './compilation.ts';
import { FunctionScope } from './scope.ts';
import { declared, functionBody } from './statements.ts';

/** Prepares the functions of a script: all are known before the first body is prepared, so that they can call each other. */
export function declareFunctions(c: Compilation, nodes: readonly FunctionNode[]): void {
  const all = nodes.map(node => {
    const key = `${node.name}/${node.params.length}`;
    if (c.functions.has(key)) throw c.source.mistake(node.at, `there is a function ${node.name}() already`);
    const of: OwnFunction = {
      node,
      params: node.params.map(param => c.typeOf(param.type)),
      returns: c.typeOf(node.returns),
      size: 0,
      steps: 0,
      body: undefined,
    };
    c.functions.set(key, of);
    return of;
  });
  for (const of of all) {
    const scope = new FunctionScope(of.returns, undefined, true);
    const { made, steps } = c.inFunction(scope, () => {
      of.node.params.forEach((param, i) => {
        declared(c, param.name, of.params[i]!, param.at);
      });
      return functionBody(c, of.node.body, true);
    });
    of.body = made;
    of.size = scope.size;
    of.steps = steps;
  }
}
