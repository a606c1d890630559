// What a table of questions and answers looks like as such: what a forecast can know of an
// operation that no recorded run has had. Pure and deterministic.
#pragma once

#include "common/task.h"

namespace powerdown {

struct TaskStructure {
  double mirrored = 0;  // share of the pairs (x, y), x ≠ y, whose (y, x) has the same answer
  double distinct = 0;  // mean number of different answers in a row, over the symbols
  // Share of quadrangles that close: if xy=zw, xv=zu and ty=sw, then tv=su (the quadrangle
  // criterion of Cayley tables, Dénes and Keedwell 1974, 1.2). 1 for a group, and for F(f(x)+g(y));
  // as rare as chance for random labels.
  double closed = 0;
};
// Of a task of two operands; all zero for others.
TaskStructure StructureOf(const TaskTable& table);

}  // namespace powerdown
