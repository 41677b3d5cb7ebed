using System.Globalization;
using System.Text;
using ReliableDownload.Protocol;

namespace ReliableDownload.Api.Listing;

/// <summary>Which blocks of a file are hashed, as a strip of cells from its beginning to its end. The page's script fills it further while it reads the stream.</summary>
/// <param name="Blocks">How many blocks the file has.</param>
/// <param name="Shares">Which part of each cell's blocks is known, from 0 to 1.</param>
internal sealed record BlockPicture(int Blocks, double[] Shares)
{
    // As many as can be told apart on a phone.
    private const int MaxCells = 100;

    // Of a cell with more blocks so many are looked at, evenly: a table may have millions.
    private const int MaxLooks = 32;

    /// <param name="blocks">How many blocks the file has.</param>
    /// <param name="known">What is known of them; null for nothing.</param>
    public static BlockPicture Of(int blocks, DigestTable? known)
    {
        var shares = new double[Math.Min(blocks, MaxCells)];
        for (var cell = 0; cell < shares.Length && known is not null; cell++)
        {
            var (first, end) = (FirstOf(cell, blocks, shares.Length), FirstOf(cell + 1, blocks, shares.Length));
            var looks = Math.Min(end - first, MaxLooks);
            var count = 0;
            for (var look = 0; look < looks; look++)
                count += known.IsKnown(first + (int)((long)look * (end - first) / looks)) ? 1 : 0;
            shares[cell] = (double)count / looks;
        }

        return new BlockPicture(blocks, shares);
    }

    /// <summary>An SVG element.</summary>
    public string Svg()
    {
        var svg = new StringBuilder();
        svg.Append(CultureInfo.InvariantCulture, $"<svg id=\"blocks\" class=\"blocks\" role=\"img\" aria-label=\"The hashed blocks of the file\" data-blocks=\"{Blocks}\" viewBox=\"0 0 {Shares.Length} 1\" preserveAspectRatio=\"none\">");
        for (var cell = 0; cell < Shares.Length; cell++)
            svg.Append(CultureInfo.InvariantCulture, $"<rect x=\"{cell}\" width=\"1\" height=\"1\" fill-opacity=\"{Shares[cell]:0.##}\"/>");
        return svg.Append("</svg>").ToString();
    }

    private static int FirstOf(int cell, int blocks, int cells) => (int)((long)cell * blocks / cells);
}
