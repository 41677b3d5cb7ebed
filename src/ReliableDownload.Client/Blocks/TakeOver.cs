namespace ReliableDownload.Client.Blocks;

/// <summary>Finds work for a connection that has none: half of what another one still has to fetch, or all of it a second time.</summary>
internal static class TakeOver
{
    // Less is not worth a request.
    private const long MinShare = 64 << 10;

    /// <summary>A piece of another connection's; null where helping is of no use.</summary>
    /// <param name="inFlight">What others fetch.</param>
    /// <param name="help">What would be gained by helping with a piece.</param>
    /// <param name="open">The blocks that are being received.</param>
    /// <param name="blockSize">In bytes.</param>
    public static Piece? Of(IEnumerable<Piece> inFlight, Func<Piece, Help> help, OpenBlocks open, int blockSize)
    {
        var others = inFlight.Where(piece => piece is { RescueOf: null, IsContested: false, Rescue: null, Left: > 0 });
        foreach (var piece in others.OrderByDescending(piece => piece.Left))
        {
            var use = help(piece);
            if (use != Help.None && piece.Share(blockSize, MinShare) is { } shared)
            {
                // A block that is not open can only be given back as a whole, and this one has two owners now.
                if (shared.From % blockSize != 0)
                    open.At(shared.From);
                return shared;
            }

            // Its connection goes on meanwhile, and may be at the end by now.
            var rescue = new Piece(piece.Next, piece.To) { RescueOf = piece };
            if (use != Help.Rescue || rescue.Left <= 0)
                continue;
            piece.IsContested = true;
            return rescue;
        }

        return null;
    }
}
