#include "server/trainer/network/row_sums.h"

#include <torch/csrc/autograd/custom_function.h>

#include <tuple>

namespace powerdown {
namespace {

// A row that more than this many take would be summed by too few threads of a GPU, each for long.
constexpr int64_t kMostTakers = 256;

// bags[i] = sum of rows[index[firsts[i]]] to rows[index[firsts[i + 1] - 1]].
torch::Tensor SumBags(const torch::Tensor& rows, const torch::Tensor& index,
                      const torch::Tensor& firsts) {
  constexpr int64_t kSum = 0;  // of LibTorch's modes
  return std::get<0>(at::_embedding_bag_forward_only(rows, index, firsts,
                                                     /*scale_grad_by_freq=*/false, kSum));
}

class RowSumFunction : public torch::autograd::Function<RowSumFunction> {
 public:
  static torch::Tensor forward(torch::autograd::AutogradContext* context,
                               const torch::Tensor& table, const RowSums& sums) {
    context->save_for_backward({sums.takers, sums.row_firsts, sums.counts});
    const int64_t size = table.size(2);
    const torch::Tensor flat = table.reshape({sums.members * sums.table_rows, size});
    torch::Tensor out;
    if (sums.terms == 1) {
      out = flat.index_select(0, sums.rows);
    } else if (sums.form == RowSumForm::kBags) {
      out = SumBags(flat, sums.rows, sums.firsts);
    } else {
      out = flat.index_select(0, sums.rows).view({-1, sums.terms, size}).sum(1);
    }
    return out.view({sums.members, sums.sums, size});
  }

  static torch::autograd::variable_list backward(torch::autograd::AutogradContext* context,
                                                 torch::autograd::variable_list from) {
    const auto saved = context->get_saved_variables();
    const torch::Tensor& takers = saved[0];
    const torch::Tensor& row_firsts = saved[1];
    const torch::Tensor& counts = saved[2];
    const torch::Tensor gradient = from[0].contiguous();
    const int64_t members = gradient.size(0);
    const int64_t size = gradient.size(2);
    if (counts.defined()) return {counts.bmm(gradient), torch::Tensor()};
    return {SumBags(gradient.view({-1, size}), takers, row_firsts).view({members, -1, size}),
            torch::Tensor()};
  }
};

}  // namespace

RowSumForm RowSumFormFor(torch::Device device, int64_t sums, int64_t terms, int64_t table_rows) {
  const bool has_bags = device.is_cpu() || device.is_cuda();
  return has_bags && sums * terms <= kMostTakers * table_rows ? RowSumForm::kBags
                                                              : RowSumForm::kProduct;
}

RowSums MakeRowSums(const torch::Tensor& rows, int64_t table_rows, RowSumForm form,
                    torch::ScalarType type) {
  RowSums sums;
  sums.members = rows.size(0);
  sums.sums = rows.size(1);
  sums.terms = rows.size(2);
  sums.table_rows = table_rows;
  sums.form = form;
  const auto options = rows.options();
  const torch::Tensor tables = torch::arange(sums.members, options).view({-1, 1, 1}) * table_rows;
  sums.rows = (rows + tables).flatten();
  sums.firsts = torch::arange(sums.members * sums.sums, options) * sums.terms;
  if (form == RowSumForm::kProduct) {
    const torch::Tensor is_row = rows.unsqueeze(3).eq(torch::arange(table_rows, options));
    sums.counts = is_row.sum(2).transpose(1, 2).to(type).contiguous();
    return sums;
  }
  const auto [sorted, places] =
      torch::sort(sums.rows, /*stable=*/true, /*dim=*/0, /*descending=*/false);
  sums.takers = places.floor_divide(sums.terms);
  sums.row_firsts = torch::searchsorted(sorted.contiguous(),
                                        torch::arange(sums.members * sums.table_rows, options));
  return sums;
}

torch::Tensor SumRows(const torch::Tensor& table, const RowSums& sums) {
  return RowSumFunction::apply(table, sums);
}

}  // namespace powerdown
