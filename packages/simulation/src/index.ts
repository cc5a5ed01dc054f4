export { ControlPlane, type ControlPlaneOptions, newControlState } from './control/control-plane.ts';
export { filterProblem } from './control/filter-problem.ts';
export type { ControlAnswer, ControlEffect, ControlledMapping, ControlState } from './control/state.ts';
