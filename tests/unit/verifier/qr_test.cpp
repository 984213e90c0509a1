#include "verifier/qr.h"

#include <memory>
#include <qrencode.h>
#include <string>
#include <utility>
#include <vector>

#include "support/cmocka.h"

using namespace ssp;

namespace {

const std::string uri = "otpauth://totp/SSP:alice?secret=JBSWY3DPEHPK3PXPJBSWY3DPEHPK3PXP&issuer=SSP";

/// Rows of drawn (true) half cells: what a camera sees, two for each line of text.
std::vector<std::vector<bool>> half_cells(std::string_view text)
{
    std::vector<std::vector<bool>> rows;
    bool new_line = true;
    while (!text.empty()) {
        if (text[0] == '\n') {
            new_line = true;
            text.remove_prefix(1);
            continue;
        }
        if (std::exchange(new_line, false))
            rows.resize(rows.size() + 2);
        const bool space = text[0] == ' ';
        const auto cell = text.substr(0, space ? 1 : 3);
        rows[rows.size() - 2].push_back(cell == "\xe2\x96\x88" || cell == "\xe2\x96\x80");
        rows[rows.size() - 1].push_back(cell == "\xe2\x96\x88" || cell == "\xe2\x96\x84");
        text.remove_prefix(cell.size());
    }
    return rows;
}

bool shows(const std::vector<std::vector<bool>>& rows, const std::string& content, bool draws_dark)
{
    const std::unique_ptr<QRcode, void (*)(QRcode*)> code(
        QRcode_encodeData(static_cast<int>(content.size()),
                          reinterpret_cast<const unsigned char*>(content.data()), 0, QR_ECLEVEL_L),
        QRcode_free);
    const int width = code->width;
    for (int row = -1; row <= width; ++row)
        for (int column = -1; column <= width; ++column) {
            const bool inside = row >= 0 && row < width && column >= 0 && column < width;
            const bool dark = inside && (code->data[row * width + column] & 1U) != 0;
            const auto& line = rows.at(static_cast<std::size_t>(row + 1));
            if (line.at(static_cast<std::size_t>(column + 1)) != (dark == draws_dark))
                return false;
        }
    return true;
}

void a_code_for_a_dark_screen_draws_the_light_modules_and_a_margin_of_one()
{
    const auto code = qr_code(SecretString(uri), Background::dark);
    CHECK(code && shows(half_cells(code->reveal()), uri, false));
}

void a_code_for_a_light_screen_draws_the_dark_ones()
{
    const auto code = qr_code(SecretString(uri), Background::light);
    CHECK(code && shows(half_cells(code->reveal()), uri, true));
}

void the_largest_code_takes_20_lines_of_39_columns()
{
    const auto code = qr_code(SecretString(std::string(106, 'x')), Background::dark);
    CHECK(code.has_value());
    const auto rows = half_cells(code->reveal());
    CHECK(rows.size() == 40);
    for (const auto& row : rows)
        CHECK(row.size() == 39);
}

void what_would_not_fit_the_screen_makes_no_code()
{
    CHECK(!qr_code(SecretString(std::string(107, 'x')), Background::dark));
    CHECK(!qr_code(SecretString(std::string(10000, 'x')), Background::dark));
    CHECK(!qr_code(SecretString(), Background::dark));
}

} // namespace

int main()
{
    const CMUnitTest tests[] = {
        SENTENCE(a_code_for_a_dark_screen_draws_the_light_modules_and_a_margin_of_one),
        SENTENCE(a_code_for_a_light_screen_draws_the_dark_ones),
        SENTENCE(the_largest_code_takes_20_lines_of_39_columns),
        SENTENCE(what_would_not_fit_the_screen_makes_no_code),
    };
    return cmocka_run_group_tests(tests, nullptr, nullptr);
}
