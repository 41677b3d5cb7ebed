namespace ReliableDownload.Client.Blocks;

/// <summary>What would be gained if an idle connection helped another with its piece.</summary>
internal enum Help
{
    /// <summary>It will finish before help arrives.</summary>
    None,

    /// <summary>Blocks that it has not begun would arrive sooner.</summary>
    Share,

    /// <summary>It is so slow that even fetching its bytes a second time would be faster.</summary>
    Rescue,
}
