// What a table of questions and answers looks like as such: what a forecast can know of an
// operation that no recorded run has had. Pure and deterministic.
#pragma once

#include "common/task/task.h"

namespace powerdown {

struct TaskStructure {
  // How well the answer to (y, x) follows from that to (x, y): share of the pairs, x ≠ y, that
  // guess it right from the answer alone. 1 for x + y and x − y; as rare as chance for 2x + 3y,
  // which a network with one embedding for both places must learn twice.
  double swappable = 0;
  double distinct = 0;  // mean number of different answers in a row, over the symbols
  // Share of quadrangles that close: if xy=zw, xv=zu and ty=sw, then tv=su (the quadrangle
  // criterion of Cayley tables, Dénes and Keedwell 1974, 1.2), for some w, u and s where more than
  // one will do. 1 for a group, and for F(f(x)+g(y)) if F is at most three to one; 0.1 for random
  // labels.
  double closed = 0;
};
// Of a task of two operands; all zero for others.
TaskStructure StructureOf(const TaskTable& table);

}  // namespace powerdown
