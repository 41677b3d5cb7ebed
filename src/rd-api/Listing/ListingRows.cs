using System.Collections;
using System.Text;
using ReliableDownload.Api.Files;

namespace ReliableDownload.Api.Listing;

/// <summary>The rows of one answer, as indices into the folder's names. Holds no more than the indices of one page, unless it is all in order.</summary>
/// <param name="Total">How many rows there are on all pages.</param>
/// <param name="Page">The page that is shown, from 1.</param>
/// <param name="Pages">How many there are; at least 1.</param>
/// <param name="Indices">The rows of this page; null for those from <paramref name="First"/> on.</param>
/// <param name="First">The first row of this page.</param>
/// <param name="Count">How many rows this page has.</param>
/// <param name="IsInOrder">False if the folder has too many names to be sorted as asked for.</param>
internal sealed record ListingRows(int Total, int Page, int Pages, int[]? Indices, int First, int Count, bool IsInOrder) : IReadOnlyList<int>
{
    /// <summary>How many rows a page has: what a browser shows without a noticeable pause.</summary>
    public const int PageSize = 1000;

    public int this[int row] => Indices?[row] ?? First + row;

    /// <param name="isPaged">Whether to choose a page; else all rows, which is possible only in the order of names.</param>
    public static ListingRows Of(FolderNames names, IServedFolder folder, ListingQuery query, bool isPaged)
    {
        if (query.IsPlain && !isPaged)
            return new ListingRows(names.Count, 1, 1, null, 0, names.Count, IsInOrder: true);
        if (query.IsPlain)
            return PageOf(names.Count, query.Page, null, isInOrder: true);

        var rows = Matching(names, query.Filter);
        var isInOrder = query.Order == ListingOrder.Name || rows.Length <= Limits.SortedNames;
        if (!isInOrder)
            return PageOf(rows.Length, query.Page, rows, isInOrder);
        if (query.Order != ListingOrder.Name)
            Sort(rows, names, folder, query.Order);
        if (query.IsDescending)
        {
            var folders = rows.Count(names.IsFolder);
            // Folders have no size: their names stay in order.
            if (query.Order != ListingOrder.Size)
                Array.Reverse(rows, 0, folders);
            Array.Reverse(rows, folders, rows.Length - folders);
        }

        return PageOf(rows.Length, query.Page, rows, isInOrder);
    }

    public IEnumerator<int> GetEnumerator()
    {
        for (var row = 0; row < Count; row++)
            yield return this[row];
    }

    IEnumerator IEnumerable.GetEnumerator() => GetEnumerator();

    private static ListingRows PageOf(int total, int page, int[]? rows, bool isInOrder)
    {
        var pages = Math.Max(1, (total + PageSize - 1) / PageSize);
        page = Math.Clamp(page, 1, pages);
        var first = (page - 1) * PageSize;
        var count = Math.Min(PageSize, total - first);
        return new ListingRows(total, page, pages, rows?[first..(first + count)], first, count, isInOrder);
    }

    private static int[] Matching(FolderNames names, string filter)
    {
        var rows = new int[names.Count];
        var count = 0;
        for (var i = 0; i < rows.Length; i++)
        {
            if (filter.Length == 0 || Encoding.UTF8.GetString(names[i]).Contains(filter, StringComparison.OrdinalIgnoreCase))
                rows[count++] = i;
        }

        return rows[..count];
    }

    // Folders stay first because no key of theirs is larger than that of a file: names are in this order already.
    private static void Sort(int[] rows, FolderNames names, IServedFolder folder, ListingOrder order)
    {
        var keys = Array.ConvertAll(rows, row => (IsFile: !names.IsFolder(row), Key: KeyOf(names[row], folder, order), Row: row));
        Array.Sort(keys, rows);
    }

    private static long KeyOf(ReadOnlySpan<byte> name, IServedFolder folder, ListingOrder order) => folder.DescribeReadable(name) switch
    {
        null => 0,
        { IsFolder: true } when order == ListingOrder.Size => 0,
        { Identity: var identity } => order == ListingOrder.Size ? identity.Size : identity.Modified,
    };
}
