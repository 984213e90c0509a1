#include "store/audit_review.h"

#include "store/database_file.h"
#include "store/installation.h"
#include "store/schema.h"

#include <SQLiteCpp/Exception.h>

namespace ssp {

namespace {

constexpr int page_of_rows = 1000;

class Review {
public:
    Review(Connection& connection, const KeyRing& keys, const AuditReading& reading)
        : connection_(connection), keys_(keys), reading_(reading)
    {
    }

    AuditCheck run(const std::string& own_node)
    {
        check_.head.node_id = own_node;
        for (auto node = next_node({}); node; node = next_node(*node))
            walk(*node, *node == own_node);
        if (reading_.expected && reading_.expected->sequence > check_.head.sequence)
            note(own_node, check_.head.sequence + 1,
                 "row " + std::to_string(reading_.expected->sequence) +
                     " was seen earlier: rows were cut off at the end, or this is an older copy");
        return std::move(check_);
    }

private:
    /// The chain behind `node`: a row, a cut or a head is enough to be one.
    std::optional<std::string> next_node(const std::string& node)
    {
        std::optional<std::string> next;
        for (const char* text : {"SELECT node_id FROM audit WHERE node_id > $1 ORDER BY node_id LIMIT 1",
                                 "SELECT node_id FROM audit_cut WHERE node_id > $1 ORDER BY node_id LIMIT 1",
                                 "SELECT node_id FROM audit_head WHERE node_id > $1 ORDER BY node_id"
                                 " LIMIT 1"}) {
            auto found = connection_.query(text, node);
            if (found.next() && (!next || found.bytes(0) < *next))
                next = found.bytes(0);
        }
        return next;
    }

    void walk(const std::string& node, bool own)
    {
        AuditTrail trail(connection_, keys_, node);
        link_ = {node, 0, {}};
        connection_.run("BEGIN");
        read_cuts(trail, own);
        while (read_page(trail, own)) {
            connection_.run("COMMIT");
            if (reading_.on_progress)
                reading_.on_progress(check_.rows);
            connection_.run("BEGIN");
        }
        check_end(trail);
        connection_.run("COMMIT");
        if (own)
            check_.head = link_;
    }

    void read_cuts(AuditTrail& trail, bool own)
    {
        std::vector<AuditCut> cuts;
        const auto whole = trail.read_cuts(cuts);
        for (const auto& cut : cuts) {
            check_.cut += cut.last - cut.first + 1;
            if (own)
                compare({cut.node_id, cut.last, cut.mac});
            if (reading_.on_cut)
                reading_.on_cut(cut);
        }
        if (!cuts.empty())
            link_ = {cuts.back().node_id, cuts.back().last, cuts.back().mac};
        if (!whole)
            note(link_.node_id, link_.sequence + 1, whole.error().detail);
        auto lowest = connection_.query(
            "SELECT sequence FROM audit WHERE node_id = $1 ORDER BY sequence LIMIT 1", link_.node_id);
        if (lowest.next() && lowest.number(0) <= link_.sequence)
            note(link_.node_id, lowest.number(0), "a row that was cut, or never was, is there");
    }

    /// False: that was the last one, and its snapshot is the one that check_end() sees.
    bool read_page(AuditTrail& trail, bool own)
    {
        const auto cut = trail.end_of_cuts(); // retention may have overtaken us
        if (cut && cut->sequence > link_.sequence)
            link_ = *cut;
        const auto rows = trail.rows_behind(link_.sequence, page_of_rows);
        for (const auto& row : rows) {
            if (row.sequence != link_.sequence + 1)
                note(row.node_id, link_.sequence + 1, "a row is missing, and no record of a cut says why");
            else if (keys_.audit_under(row.key_id) == nullptr)
                note(row.node_id, row.sequence, "a row was signed with a key that is not here");
            else if (!trail.follows(link_, row))
                note(row.node_id, row.sequence, "a row was changed");
            link_ = {row.node_id, row.sequence, row.mac};
            check_.rows += 1;
            if (own)
                compare(link_);
            if (reading_.on_row)
                reading_.on_row(row);
        }
        return rows.size() == page_of_rows;
    }

    void check_end(AuditTrail& trail)
    {
        const auto head = trail.head();
        if (!head)
            note(link_.node_id, link_.sequence + 1, "the head of the chain was changed");
        else if (*head != link_)
            note(link_.node_id, link_.sequence + 1, "rows were cut off at the end, or added");
    }

    void compare(const AuditHead& link)
    {
        if (!reading_.expected || reading_.expected->sequence != link.sequence)
            return;
        if (reading_.expected->mac == link.mac)
            check_.compared = true;
        else
            note(link.node_id, link.sequence,
                 "this row had another MAC when it was seen earlier: the trail was replaced");
    }

    void note(const std::string& node, std::int64_t sequence, std::string why)
    {
        if (check_.first_bad)
            return;
        check_.first_bad = sequence;
        check_.node_id = node;
        check_.why = std::move(why);
    }

    Connection& connection_;
    const KeyRing& keys_;
    const AuditReading& reading_;
    AuditCheck check_;
    AuditHead link_;
};

} // namespace

Result<AuditCheck> review_audit_trail(const std::string& path, const MasterKey& key,
                                      const AuditReading& reading, const MasterKey* next)
{
    const auto file = check_database_file(path);
    if (!file)
        return file.error();
    try {
        const auto opened = Connection::open(*file);
        if (!opened)
            return opened.error();
        Connection& connection = **opened;
        if (auto current = refuse_other_schema(connection, migrations()); !current)
            return current.error();
        const auto installation = read_installation(connection, key, next);
        if (!installation)
            return installation.error();
        return Review(connection, *installation->keys, reading).run(installation->node_id);
    } catch (const SQLite::Exception& e) {
        return Error{ErrorKind::store_unavailable, "database " + path + ": " + e.what()};
    }
}

} // namespace ssp
