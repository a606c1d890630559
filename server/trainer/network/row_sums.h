// Sums of rows of tables, and their gradient, for a pack of networks at once: what embeddings
// become once all that is linear in them is a table. Deterministic on every device: each row's
// gradient is summed in the order of the questions, without atomic additions.
#pragma once

#include <torch/types.h>

#include <cstdint>

namespace powerdown {

// How the gradient is summed: row by row over the sums that took it, or as a product with the
// matrix of who took what, for few rows that each very many take, and where LibTorch lacks bags
// (MPS).
enum class RowSumForm { kBags, kProduct };

struct RowSums {
  int64_t members = 0;
  int64_t sums = 0;        // a member
  int64_t terms = 0;       // a sum
  int64_t table_rows = 0;  // a member
  RowSumForm form = RowSumForm::kBags;
  torch::Tensor rows;    // of each term, all members' tables one behind the other: [M sums terms]
  torch::Tensor firsts;  // where each sum begins in `rows`: [M sums]
  // kBags: the sums that take a row, row by row, and where each row begins in that list.
  torch::Tensor takers, row_firsts;  // [M sums terms], [M table_rows]
  torch::Tensor counts;              // kProduct: how often a sum takes a row: [M, table_rows, sums]
};

// The form that suits the device and how often a row is taken.
RowSumForm RowSumFormFor(torch::Device device, int64_t sums, int64_t terms, int64_t table_rows);
// rows: int64 [members, sums, terms], each below table_rows. `type`: of the tables.
RowSums MakeRowSums(const torch::Tensor& rows, int64_t table_rows, RowSumForm form,
                    torch::ScalarType type);
// table: [members, table_rows, size] -> [members, sums, size]; autograd knows its gradient.
torch::Tensor SumRows(const torch::Tensor& table, const RowSums& sums);

}  // namespace powerdown
